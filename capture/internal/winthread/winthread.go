// Package winthread runs threads with a message queue, as Windows wants them
// for windows and the clipboard: who made a window has to take its messages,
// and every call about it comes from that thread. Other systems have no such
// thing and this package has nothing for them.
package winthread
