// The files that stand between a chip and the line are compiled for speed; the Arduino IDE compiles all for size.
#pragma once

#ifdef __AVR__
#pragma GCC optimize("O2")
#endif
