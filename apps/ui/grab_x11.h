// What grab_x11.go asks the X server for (Xlib, "XGrabKeyboard").

#include <X11/Xlib.h>

static int grab(void *display, unsigned long window) {
	return XGrabKeyboard(display, window, True, GrabModeAsync, GrabModeAsync, CurrentTime) == GrabSuccess;
}

static void ungrab(void *display) {
	XUngrabKeyboard(display, CurrentTime);
	XFlush(display);
}
