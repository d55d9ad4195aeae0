/** Rounding modes of floating point, for rows and for the runtime: AssemblyScript reads this file, too. */

/** The first four as FPCR.RMode numbers them. */
export const TIE_EVEN = 0;
export const PLUS_INFINITY = 1;
export const MINUS_INFINITY = 2;
export const TO_ZERO = 3;
export const TIE_AWAY = 4;
/** To odd: an inexact result gets its lowest bit set (FCVTXN). */
export const TO_ODD = 5;
/** Given to a function instead of a mode: the mode in FPCR. */
export const FROM_FPCR = 6;
/** Added to a mode: the integer is unsigned. */
export const UNSIGNED = 8;
