//go:build !noh264 && ((linux && (amd64 || arm64)) || (windows && amd64) || darwin)

#include "shim.h"

#include <stdlib.h>
#include <string.h>

// Option numbers and values of openh264.
enum {
  option_bits = 5,
  option_max_bits = 6,
  option_encoder_trace = 25,
  option_decoder_trace = 9,
  usage_camera = 0,
  control_bits = 1,
  profile_baseline = 66,
  frame_skip = 4,
  every_layer = 4,
  format_i420 = 23,
};

int h264_version(void) {
  struct version v = {0};
  WelsGetCodecVersionEx(&v);
  return (int)(v.major * 100 + v.minor);
}

struct h264_encoder {
  encoder *e;
  int width, height;
  long long time;
  struct coded coded;
};

struct h264_encoder *h264_encoder_new(int width, int height, int bits, float rate) {
  struct h264_encoder *h = calloc(1, sizeof *h);
  if (h == NULL || WelsCreateSVCEncoder(&h->e) != 0) {
    free(h);
    return NULL;
  }
  int quiet = 0;
  (*h->e)->set(h->e, option_encoder_trace, &quiet);
  struct encoder_config c;
  memset(&c, 0, sizeof c);
  (*h->e)->defaults(h->e, &c);
  c.usage = usage_camera;
  c.width = h->width = width;
  c.height = h->height = height;
  c.bits = bits;
  c.max_bits = 2 * bits;
  c.control = control_bits;
  c.rate = rate;
  c.temporal_layers = c.spatial_layers = 1;
  c.intra_period = 0;
  c.references = 1;
  c.ids = 0;
  c.skip = false;
  c.threads = 1;
  c.max_qp = 44;
  c.min_qp = 12;
  c.scenes = false;
  c.background = true;
  c.denoise = false;
  c.layer[0].width = width;
  c.layer[0].height = height;
  c.layer[0].rate = rate;
  c.layer[0].bits = bits;
  c.layer[0].max_bits = 2 * bits;
  c.layer[0].profile = profile_baseline;
  c.layer[0].slice.mode = 0;
  if ((*h->e)->initialize_ext(h->e, &c) != 0) {
    WelsDestroySVCEncoder(h->e);
    free(h);
    return NULL;
  }
  return h;
}

int h264_encode(struct h264_encoder *h, unsigned char *y, unsigned char *cb, unsigned char *cr, int ystride, int cstride,
                int key, int milliseconds, unsigned char *out, int room) {
  struct source s;
  memset(&s, 0, sizeof s);
  s.format = format_i420;
  s.width = h->width;
  s.height = h->height;
  s.stride[0] = ystride;
  s.stride[1] = s.stride[2] = cstride;
  s.plane[0] = y;
  s.plane[1] = cb;
  s.plane[2] = cr;
  h->time += milliseconds;
  s.time = h->time;
  if (key && (*h->e)->intra(h->e, true) != 0)
    return -1;
  memset(&h->coded, 0, sizeof h->coded);
  if ((*h->e)->encode(h->e, &s, &h->coded) != 0)
    return -1;
  int n = 0;
  for (int i = 0; i < h->coded.count && i < frame_layers; i++) {
    const struct nals *l = &h->coded.layer[i];
    int size = 0;
    for (int j = 0; j < l->count; j++)
      size += l->length[j];
    if (size < 0 || size > room - n)
      return -2;
    memcpy(out + n, l->bytes, (size_t)size);
    n += size;
  }
  return n;
}

int h264_set_rate(struct h264_encoder *h, int bits) {
  struct { int layer, bits; } max = {every_layer, 2 * bits}, target = {every_layer, bits};
  int rc = (*h->e)->set(h->e, option_max_bits, &max);
  if (rc == 0)
    rc = (*h->e)->set(h->e, option_bits, &target);
  if (rc == 0)
    (*h->e)->set(h->e, option_max_bits, &max); // the first may have been below the old target
  return rc;
}

void h264_encoder_free(struct h264_encoder *h) {
  (*h->e)->uninitialize(h->e);
  WelsDestroySVCEncoder(h->e);
  free(h);
}

struct h264_decoder {
  decoder *d;
};

struct h264_decoder *h264_decoder_new(void) {
  struct h264_decoder *h = calloc(1, sizeof *h);
  if (h == NULL || WelsCreateDecoder(&h->d) != 0) {
    free(h);
    return NULL;
  }
  int quiet = 0;
  (*h->d)->set(h->d, option_decoder_trace, &quiet);
  struct decoder_config c;
  memset(&c, 0, sizeof c);
  c.target = 255;
  c.property.size = sizeof c.property;
  if ((*h->d)->initialize(h->d, &c) != 0) {
    WelsDestroyDecoder(h->d);
    free(h);
    return NULL;
  }
  return h;
}

int h264_decode(struct h264_decoder *h, const unsigned char *in, int n, int width, int height, unsigned char *y, unsigned char *cb,
                unsigned char *cr, int ystride, int cstride) {
  struct picture p;
  memset(&p, 0, sizeof p);
  unsigned char *plane[3] = {0};
  if ((*h->d)->decode_now(h->d, in, n, plane, &p) != 0)
    return -1;
  if (p.ready != 1 || p.width != width || p.height != height || plane[0] == NULL || plane[1] == NULL || plane[2] == NULL)
    return -2;
  for (int i = 0; i < height; i++)
    memcpy(y + (long)i * ystride, plane[0] + (long)i * p.stride[0], (size_t)width);
  for (int i = 0; i < height / 2; i++) {
    memcpy(cb + (long)i * cstride, plane[1] + (long)i * p.stride[1], (size_t)width / 2);
    memcpy(cr + (long)i * cstride, plane[2] + (long)i * p.stride[1], (size_t)width / 2);
  }
  return 0;
}

void h264_decoder_free(struct h264_decoder *h) {
  (*h->d)->uninitialize(h->d);
  WelsDestroyDecoder(h->d);
  free(h);
}
