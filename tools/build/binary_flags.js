// Prints the name and the compiler flags of each binary, a line each. CMakeLists.txt reads it.
import { BINARIES } from '../../js/runtime/binaries.js';

for (const { name, flags } of BINARIES) console.log(name, flags);
