/*
 * A stand-in for bcryptprimitives.dll in test prefixes of Wine.
 *
 * Programs built with Go 1.26 or newer take their randomness from
 * ProcessPrng in that library and do not start without it. Wine 8.0, which
 * Debian 12 has, offers the same randomness as SystemFunction036 in advapi32
 * (RtlGenRandom). This file passes one on to the other. It is compiled when
 * the tests set up their prefix and is never part of a release.
 *
 * Build: x86_64-w64-mingw32-gcc -shared -O2 -o bcryptprimitives.dll \
 *        bcryptprimitives.c -ladvapi32
 */
#include <windows.h>

/* Fills size bytes at where; documented by Microsoft as RtlGenRandom. */
BOOLEAN NTAPI SystemFunction036(PVOID where, ULONG size);

/* RtlGenRandom counts in 32 bits, ProcessPrng in 64: one piece at a time. */
#define PIECE ((SIZE_T)1 << 20)

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE where, SIZE_T size)
{
    for (SIZE_T done = 0, piece; done < size; done += piece) {
        piece = size - done < PIECE ? size - done : PIECE;
        if (!SystemFunction036(where + done, (ULONG)piece))
            return FALSE;
    }
    return TRUE;
}
