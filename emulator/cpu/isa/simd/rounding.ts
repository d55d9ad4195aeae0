/** Rounding modes as the runtime's floating point names them (core/fp/status.ts). */
export const TIE_EVEN = 0;
export const PLUS_INFINITY = 1;
export const MINUS_INFINITY = 2;
export const TO_ZERO = 3;
export const TIE_AWAY = 4;
export const TO_ODD = 5;
export const FROM_FPCR = 6;
/** Added to a mode: the integer is unsigned. */
export const UNSIGNED = 8;
