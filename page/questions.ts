/** A line to answer in, below what a cell has shown: what its code asks for. */

export interface Question {
  prompt: string;
  /** The answer is not shown. */
  password: boolean;
}

/** Shows a question. The returned function takes it away. @param answered called once, with what the reader has typed */
export function ask(place: HTMLElement, { prompt, password }: Question, answered: (value: string) => void): () => void {
  const [form, label, field, button] = [
    document.createElement('form'),
    document.createElement('label'),
    document.createElement('input'),
    document.createElement('button'),
  ];
  form.className = 'question';
  label.append(prompt, ' ', field);
  field.type = password ? 'password' : 'text';
  field.autocomplete = 'off';
  field.spellcheck = false;
  if (prompt.trim() === '') field.setAttribute('aria-label', 'answer');
  button.textContent = 'Enter';
  form.append(label, button);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    form.remove();
    answered(field.value);
  });
  place.append(form);
  field.focus();
  return () => form.remove();
}

/** How an answer is shown where it was asked for. */
export const echoOf = ({ prompt, password }: Question, value: string): string =>
  `${prompt}${prompt === '' || /\s$/.test(prompt) ? '' : ' '}${password ? '\u00b7\u00b7\u00b7\u00b7' : value}\n`;
