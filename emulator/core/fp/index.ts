export { fpAbsoluteDifference, fpAdd, fpSub } from './add';
export { fpMul, fpMulAdd, fpMulX, fpNegMul, fpRSqrtStep, fpRecipStep } from './multiply';
export { fpDiv, fpSqrt } from './divide';
export { fpCompare, fpEqual, fpGreater, fpGreaterEqual, fpMax, fpMaxNumber, fpMin, fpMinNumber } from './compare';
export { fixedToFp, fpConvert, fpRoundInt, fpToFixed } from './convert';
export { fpRSqrtEstimate, fpRecipEstimate, fpRecipExponent, unsignedRSqrtEstimate, unsignedRecipEstimate } from './estimate';
