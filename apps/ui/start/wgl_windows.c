//go:build cgo && !nogl

// The toolkit needs one function of opengl32.dll. Linked in the ordinary way,
// that library would be looked for in the program's own folder, before main has
// begun: it is not among those that Windows knows by itself (KnownDLLs). What the
// linker finds here it does not look for there, so the program does not import
// the library; it is loaded from Windows' own folder when it is first used.
#include <windows.h>

#ifndef LOAD_LIBRARY_SEARCH_SYSTEM32
#define LOAD_LIBRARY_SEARCH_SYSTEM32 0x00000800
#endif

typedef PROC(WINAPI *lookup)(LPCSTR);

static PROC WINAPI lotse_wgl(LPCSTR name) {
  HMODULE gl = LoadLibraryExA("opengl32.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
  if (gl == NULL) return NULL;
  lookup real = (lookup)(void *)GetProcAddress(gl, "wglGetProcAddress");
  return real == NULL ? NULL : real(name);
}

// What a caller of an imported function goes through.
lookup __imp_wglGetProcAddress = lotse_wgl;
