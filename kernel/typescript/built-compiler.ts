import { useBuiltCompiler } from './compiler-code.js';

useBuiltCompiler();
