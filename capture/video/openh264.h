// The part of the binary interface of openh264 2.1 that Lotse uses, in our own
// words: values go by position, so the order and the sizes are openh264's.
#ifndef LOTSE_OPENH264_H
#define LOTSE_OPENH264_H

#include <stdbool.h>

enum { layers = 4, slices = 35, frame_layers = 128 };

struct layer_config {
  int width, height;
  float rate;
  int bits, max_bits, profile, level, qp;
  struct {
    int mode;
    unsigned count, blocks[slices], bytes;
  } slice;
  bool has_signal;
  unsigned char format;
  bool full_range, has_colour;
  unsigned char primaries, transfer, matrix;
  bool has_aspect;
  int aspect;
  unsigned short aspect_width, aspect_height;
};

struct encoder_config {
  int usage, width, height, bits, control;
  float rate;
  int temporal_layers, spatial_layers;
  struct layer_config layer[layers];
  int complexity;
  unsigned intra_period;
  int references, ids;
  bool prefix, sei, simulcast;
  int padding, cabac;
  bool skip;
  int max_bits, max_qp, min_qp;
  unsigned max_nal;
  bool long_term;
  int long_terms;
  unsigned long_period;
  unsigned short threads;
  bool balance;
  int no_deblocking, alpha, beta;
  bool denoise, background, adaptive, cropping, scenes, lossless_link;
};

struct source {
  int format, stride[4];
  unsigned char *plane[4];
  int width, height;
  long long time;
};

struct nals {
  unsigned char temporal, spatial, quality;
  int frame;
  unsigned char kind;
  int sequence, count, *length;
  unsigned char *bytes;
};

struct coded {
  int count;
  struct nals layer[frame_layers];
  int frame, size;
  long long time;
};

struct encoder_calls;
typedef const struct encoder_calls *encoder;
struct encoder_calls {
  int (*initialize)(encoder *, const void *);
  int (*initialize_ext)(encoder *, const struct encoder_config *);
  int (*defaults)(encoder *, struct encoder_config *);
  int (*uninitialize)(encoder *);
  int (*encode)(encoder *, const struct source *, struct coded *);
  int (*parameters)(encoder *, struct coded *);
  int (*intra)(encoder *, bool);
  int (*set)(encoder *, int, void *);
  int (*get)(encoder *, int, void *);
};

struct decoder_config {
  char *file;
  unsigned load;
  unsigned char target;
  int concealment;
  bool parse_only;
  struct {
    unsigned size;
    int kind;
  } property;
};

struct picture {
  int ready;
  unsigned long long in_time, out_time;
  int width, height, format, stride[2];
  unsigned char *plane[3];
};

struct decoder_calls;
typedef const struct decoder_calls *decoder;
struct decoder_calls {
  long (*initialize)(decoder *, const struct decoder_config *);
  long (*uninitialize)(decoder *);
  int (*decode)(decoder *, const unsigned char *, int, unsigned char **, int *, int *, int *);
  int (*decode_now)(decoder *, const unsigned char *, int, unsigned char **, struct picture *);
  int (*decode2)(decoder *, const unsigned char *, int, unsigned char **, struct picture *);
  int (*flush)(decoder *, unsigned char **, struct picture *);
  int (*parse)(decoder *, const unsigned char *, int, void *);
  int (*decode_ex)(decoder *, const unsigned char *, int, unsigned char *, int, int *, int *, int *, int *);
  long (*set)(decoder *, int, void *);
  long (*get)(decoder *, int, void *);
};

struct version { unsigned major, minor, revision, reserved; };

int WelsCreateSVCEncoder(encoder **);
void WelsDestroySVCEncoder(encoder *);
long WelsCreateDecoder(decoder **);
void WelsDestroyDecoder(decoder *);
void WelsGetCodecVersionEx(struct version *);

#endif
