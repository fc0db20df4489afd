// What Go calls. No pointer of Go's is kept after a call.
#ifndef LOTSE_SHIM_H
#define LOTSE_SHIM_H

#include "openh264.h"

struct h264_encoder;
struct h264_decoder;

// 100 times the major plus the minor version.
int h264_version(void);

struct h264_encoder *h264_encoder_new(int width, int height, int bits, float rate);
// Returns the bytes written to out, -1 when openh264 failed, -2 when room is too small.
int h264_encode(struct h264_encoder *, unsigned char *y, unsigned char *cb, unsigned char *cr, int ystride, int cstride, int key,
                int milliseconds, unsigned char *out, int room);
int h264_set_rate(struct h264_encoder *, int bits);
void h264_encoder_free(struct h264_encoder *);

struct h264_decoder *h264_decoder_new(void);
// Returns 0, -1 when openh264 failed, -2 when it gave no picture of that size.
int h264_decode(struct h264_decoder *, const unsigned char *in, int n, int width, int height, unsigned char *y, unsigned char *cb,
                unsigned char *cr, int ystride, int cstride);
void h264_decoder_free(struct h264_decoder *);

#endif
