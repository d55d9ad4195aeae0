/** C and descriptions as rows of words in which names, numbers, texts, comments and layout make no difference. */

/** Words that mean something to the language; all others are names. */
const C_KEYWORDS = new Set(
  (
    'auto break case char const continue default do double else enum extern float for goto if inline int long register restrict return ' +
    'short signed sizeof static struct switch typedef union unsigned void volatile while _Alignas _Alignof _Atomic _Bool _Generic ' +
    '_Noreturn _Static_assert _Thread_local asm __asm__ bool'
  ).split(' '),
);

const C_TOKEN =
  /\/\/[^\n]*|\/\*[^]*?(?:\*\/|$)|"(?:\\[^]|[^"\\\n])*"?|'(?:\\[^]|[^'\\\n])*'?|\.?\d(?:[eEpP][+-]|[\w.])*|[A-Za-z_]\w*|->|\+\+|--|<<=?|>>=?|[-+*/%&|^<>=!]=|&&|\|\||##?|\.\.\.|\S/g;

/** Names become `n`, numbers `0`, texts `""`. */
export function cTokens(text: string): string[] {
  return [...text.replace(/\\\r?\n/g, ' ').matchAll(C_TOKEN)].flatMap(([token]) => {
    if (token.startsWith('//') || token.startsWith('/*')) return [];
    if (token.startsWith('"')) return ['""'];
    // A character is a number in C.
    if (/^(?:'|\.?\d)/.test(token)) return ['0'];
    return /^[A-Za-z_]/.test(token) && !C_KEYWORDS.has(token) ? ['n'] : [token];
  });
}

const XML_TAG = /<!--[^]*?(?:-->|$)|<\s*(\/?)([\w:-]+)((?:"[^"]*"|'[^']*'|[^>"'])*)>?/g;
const XML_ATTRIBUTE = /([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/** Elements with their attributes, sorted; of their values it counts only whether they are numbers. */
export function xmlTokens(text: string): string[] {
  return [...text.matchAll(XML_TAG)].flatMap(([, end = '', name, attributes = '']) => {
    if (name === undefined) return [];
    if (end) return [`/${name}`];
    const pairs = [...attributes.matchAll(XML_ATTRIBUTE)];
    const values = pairs.map(
      ([, key = '', double, single]) => `${key}=${/^(0x[\da-f_]+|[\d_]+)$/i.test(double ?? single ?? '') ? '0' : 'n'}`,
    );
    return [name, ...values.sort(), ...(/\/\s*$/.test(attributes) ? [`/${name}`] : [])];
  });
}

export const tokensOf = (file: string, text: string): string[] => (file.endsWith('.system') ? xmlTokens(text) : cTokens(text));
