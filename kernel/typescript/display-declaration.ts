/** The types of `import { display } from "tslab"`. `display.ts` does what they say. */
export const DISPLAY_DECLARATION = `\
/** Shows things under a cell. */
export interface Display {
    javascript(code: string): void;
    html(text: string): void;
    markdown(text: string): void;
    latex(text: string): void;
    svg(text: string): void;
    png(bytes: Uint8Array): void;
    jpeg(bytes: Uint8Array): void;
    gif(bytes: Uint8Array): void;
    pdf(bytes: Uint8Array): void;
    text(text: string): void;
    /** Any MIME type: text as it is, bytes in base64. */
    raw(contentType: string, content: string | Uint8Array): void;
}
/** Each call shows one thing more. */
export declare const display: Display;
/** A display that each call replaces. */
export declare function newDisplay(): Display;
/** The versions of what runs cells. */
export declare const versions: { tslab: string; typescript: string; node: string };
`;
