export { narrowElement, shiftElement } from './shift';
export * from './bits';
export { aesDecrypt, aesEncrypt, aesInverseMixColumns, aesMixColumns } from './aes';
export * from './sha';
