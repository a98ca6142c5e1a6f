/* The C interface of pxc, lossless image compression. Made from runtime/c/src by cbindgen: do not edit.
 *
 * Threads: any thread may call any function, and any number of calls may use an engine at once. pxc_engine_free must be
 * the last call with it. Each thread has its own error message.
 *
 * Memory: an argument stays the caller's. What a function writes to a `uint8_t **` is memory that pxc_free frees; all
 * other results go to memory of the caller. A call that fails writes nothing.
 *
 * Trust: files and models may come from anywhere; PxcOptions limits the memory that they can make the library allocate.
 * Pointers and sizes come from the program. The library trusts them, but refuses NULL and sizes that do not fit. */

#ifndef PXC_H
#define PXC_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/*
 One sample: gray.
 */
#define PXC_GRAY 0

/*
 Three samples: red, green, blue.
 */
#define PXC_RGB 2

/*
 One sample: an index into a palette. Occurs in PxcHeader.stored_color only.
 */
#define PXC_PALETTE 3

/*
 Two samples: gray, alpha.
 */
#define PXC_GRAY_ALPHA 4

/*
 Four samples: red, green, blue, alpha.
 */
#define PXC_RGBA 6

/*
 For PxcOptions.effort: as good as in reasonable time.
 */
#define PXC_EFFORT_DEFAULT 0

/*
 For PxcOptions.effort: about half the time, and larger files.
 */
#define PXC_EFFORT_FAST 1

/*
 For PxcOptions.effort: smaller files, in a multiple of the time.
 */
#define PXC_EFFORT_MAX 2

/*
 For PxcOptions.exact: keeps the file byte for byte, or else its pixels and metadata. Fails if neither is possible
 without loss.
 */
#define PXC_EXACT_PREFER 0

/*
 For PxcOptions.exact: keeps the file byte for byte, or fails.
 */
#define PXC_EXACT_REQUIRE 1

/*
 For PxcOptions.exact: keeps pixels and metadata, and drops metadata that .pxc files do not hold. Accepts files with
 lossy compression.
 */
#define PXC_EXACT_NEVER 2

/*
 For pxc_read_metadata: the ICC profile.
 */
#define PXC_ICC_PROFILE 1

/*
 For pxc_read_metadata: EXIF, from its TIFF header on.
 */
#define PXC_EXIF 2

/*
 For pxc_read_metadata: the XMP packet.
 */
#define PXC_XMP 3

/*
 The outcome of a call. Everything but PXC_STATUS_OK is a failure: nothing was written to any output, and
 pxc_error_message says why.
 */
typedef enum PxcStatus {
  /*
   Done.
   */
  PXC_STATUS_OK = 0,
  /*
   The data are damaged or are not what they claim to be.
   */
  PXC_STATUS_BAD_DATA = 1,
  /*
   An argument is wrong: a null pointer, a size that does not fit, an unknown colour type.
   */
  PXC_STATUS_ARGUMENT = 2,
  /*
   The model that the data need was not found.
   */
  PXC_STATUS_MISSING_MODEL = 3,
  /*
   The data or the request are legal, but this version does not support them.
   */
  PXC_STATUS_UNSUPPORTED = 4,
  /*
   A limit would be exceeded.
   */
  PXC_STATUS_LIMIT = 5,
  /*
   The progress callback asked to stop.
   */
  PXC_STATUS_CANCELLED = 6,
  /*
   The inference runtime failed.
   */
  PXC_STATUS_BACKEND = 7,
  /*
   A file could not be read, or memory for a result could not be allocated.
   */
  PXC_STATUS_IO = 8,
  /*
   An internal error of the library. The call had no effect.
   */
  PXC_STATUS_INTERNAL = 9,
} PxcStatus;

/*
 Models and plans, kept for many images. Any number of threads may use an engine at once.
 */
typedef struct PxcEngine PxcEngine;

/*
 Called from the working threads, also from several at once, with the pixels that are finished and the pixels of the
 image. A result other than 0 stops the work with PXC_STATUS_CANCELLED. Must not call longjmp or throw.
 */
typedef int32_t (*PxcProgress)(void *user, uint64_t done, uint64_t total);

/*
 Choices of a call. Zeros mean the defaults.
 */
typedef struct PxcOptions {
  /*
   Most pixels of an image; 0 means 2^28.
   */
  uint64_t max_pixels;
  /*
   Most bytes that decoding may take; 0 means 2^31.
   */
  uint64_t max_memory;
  /*
   Most bytes of metadata; 0 means 2^26.
   */
  uint64_t max_metadata;
  /*
   Most multiplications of the model: its multiplications for a pixel times the pixels; 0 means 2^46.
   */
  uint64_t max_work;
  /*
   Threads; 0 means one per core.
   */
  uint32_t threads;
  /*
   For pxc_compress and pxc_compress_file: the trade-off between time and size, PXC_EFFORT_DEFAULT,
   PXC_EFFORT_FAST or PXC_EFFORT_MAX.
   */
  uint8_t effort;
  /*
   For pxc_compress_file: PXC_EXACT_PREFER, PXC_EXACT_REQUIRE or PXC_EXACT_NEVER.
   */
  uint8_t exact;
  /*
   For pxc_compress and pxc_compress_file: a model's name or id of 16 hexadecimal digits, ended by a zero byte.
   NULL means the default model for the image. Paths are refused: pxc_engine_add_model takes the bytes of a file.
   */
  const char *model;
  /*
   For pxc_compress: writes no preview. Without this, images of more than 2^20 pixels have one.
   */
  bool no_preview;
  /*
   Called with the progress of the work; NULL for none.
   */
  PxcProgress progress;
  /*
   Passed to `progress`. It is used from several threads.
   */
  void *progress_user;
} PxcOptions;

/*
 What a file contains.
 */
typedef struct PxcHeader {
  /*
   Width in pixels.
   */
  uint32_t width;
  /*
   Height in pixels.
   */
  uint32_t height;
  /*
   What pxc_decompress makes: PXC_GRAY, PXC_GRAY_ALPHA, PXC_RGB or PXC_RGBA.
   */
  uint8_t color;
  /*
   Bits per sample that pxc_decompress makes: 8 or 16.
   */
  uint8_t bit_depth;
  /*
   The colour type in the file; PXC_PALETTE comes out as PXC_RGB or PXC_RGBA.
   */
  uint8_t stored_color;
  /*
   Bits per sample in the file: 1, 2, 4, 8 or 16; fewer than 8 come out as 8.
   */
  uint8_t stored_bit_depth;
  /*
   Whether a model is needed.
   */
  bool has_model;
  /*
   The id of that model.
   */
  uint8_t model_id[8];
  /*
   Whether there is a preview, from which pxc_decompress_thumbnail makes thumbnails quickly.
   */
  bool has_preview;
  /*
   Whether pxc_original_file returns the file that this one was made from.
   */
  bool has_original;
  /*
   Whether that is a JPEG file. Its metadata is inside it.
   */
  bool holds_jpeg;
  /*
   The orientation of the image according to EXIF, or to XMP if EXIF has none: 1 upright, 2 to 8 as in EXIF's field
   Orientation.
   */
  uint8_t orientation;
  /*
   Bytes that pxc_decompress writes.
   */
  size_t samples_bytes;
} PxcHeader;

/*
 An image that pxc_compress reads. The samples are interleaved, row after row from the top, without padding.
 */
typedef struct PxcImage {
  /*
   Width in pixels, at least 1.
   */
  uint32_t width;
  /*
   Height in pixels, at least 1.
   */
  uint32_t height;
  /*
   PXC_GRAY, PXC_GRAY_ALPHA, PXC_RGB or PXC_RGBA.
   */
  uint8_t color;
  /*
   Bits per sample: 8 (uint8_t) or 16 (uint16_t in the byte order of the machine).
   */
  uint8_t bit_depth;
  /*
   The samples; any alignment.
   */
  const void *samples;
  /*
   Bytes of the samples: width * height * samples per pixel * bytes per sample.
   */
  size_t samples_bytes;
} PxcImage;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/*
 The version of the library, such as "0.2.0". The string is never freed.
 */
const char *pxc_version(void);

/*
 Why the last call of this thread failed; empty when it succeeded. The string belongs to the library and stays
 until the thread's next call of any function but this one and pxc_version.
 */
const char *pxc_error_message(void);

/*
 Makes an engine with the embedded models. With `search_directory`, it also looks for models in the models directory
 (PXC_MODELS, else pxc/models in the user's data directory). Free it with pxc_engine_free.

 # Safety
 `engine` is NULL or points to memory for a pointer.
 */
enum PxcStatus pxc_engine_new(bool search_directory,
                              struct PxcEngine **engine);

/*
 Frees an engine that no other call is using. NULL is legal.

 # Safety
 `engine` is NULL or comes from pxc_engine_new and was not freed.
 */
void pxc_engine_free(struct PxcEngine *engine);

/*
 Adds a model from the bytes of its ONNX file, for files that name it and for PxcOptions.model. Checks the model and
 proves that it is exact. `id` may be NULL; else it receives the model's id, 16 hexadecimal digits and a zero byte.

 # Safety
 `engine` comes from pxc_engine_new; `model` points to `model_bytes` bytes; `id` is NULL or points to 17 bytes.
 */
enum PxcStatus pxc_engine_add_model(const struct PxcEngine *engine,
                                    const uint8_t *model,
                                    size_t model_bytes,
                                    char *id);

/*
 Reads the header of a file. It does not read the pixels, which may be missing. `options` may be NULL.

 # Safety
 `file` points to `file_bytes` bytes; `options` is NULL or points to options; `header` points to memory for a
 header.
 */
enum PxcStatus pxc_read_header(const uint8_t *file,
                               size_t file_bytes,
                               const struct PxcOptions *options,
                               struct PxcHeader *header);

/*
 Reads metadata from the header of a file: `kind` is PXC_ICC_PROFILE, PXC_EXIF or PXC_XMP. `*data` points to
 `*data_bytes` bytes and is freed with pxc_free; it is NULL if the file has none of that kind, or only damaged ones.
 If the file holds a JPEG file, the metadata is inside that. pxc_read_metadata does not read the pixels, which may be
 missing. `options` may be NULL.

 # Safety
 `file` points to `file_bytes` bytes; `options` is NULL or points to options; `data` and `data_bytes` point to memory
 for their results.
 */
enum PxcStatus pxc_read_metadata(const uint8_t *file,
                                 size_t file_bytes,
                                 const struct PxcOptions *options,
                                 uint8_t kind,
                                 uint8_t **data,
                                 size_t *data_bytes);

/*
 Makes a .pxc file that holds a JPEG file, byte for byte. `*file` and `*file_bytes` are as with pxc_compress. Of
 `options`, which may be NULL, only the limits and the callback count. Refuses JPEG files that cannot be kept
 (PXC_STATUS_UNSUPPORTED).

 # Safety
 `engine` comes from pxc_engine_new; `jpeg` points to `jpeg_bytes` bytes; `options` is NULL or points to options;
 `file` and `file_bytes` point to memory for their results.
 */
enum PxcStatus pxc_compress_jpeg(const struct PxcEngine *engine,
                                 const uint8_t *jpeg,
                                 size_t jpeg_bytes,
                                 const struct PxcOptions *options,
                                 uint8_t **file,
                                 size_t *file_bytes);

/*
 Compresses an image file: PNG, JPEG, WebP, TIFF, BMP, PNM, PAM, QOI or GIF. PxcOptions.exact says what is kept of
 it. `*file` and `*file_bytes` are as with pxc_compress, and hold the metadata, too. pxc_original_file gives back the
 image file if it was kept byte for byte (PxcHeader.has_original). `options` may be NULL. Refuses files that cannot
 be kept as PxcOptions.exact asks (PXC_STATUS_UNSUPPORTED, PXC_STATUS_ARGUMENT).

 # Safety
 `engine` comes from pxc_engine_new; `image_file` points to `image_file_bytes` bytes; `options` is NULL or points to
 options; `file` and `file_bytes` point to memory for their results.
 */
enum PxcStatus pxc_compress_file(const struct PxcEngine *engine,
                                 const uint8_t *image_file,
                                 size_t image_file_bytes,
                                 const struct PxcOptions *options,
                                 uint8_t **file,
                                 size_t *file_bytes);

/*
 Compresses an image. `*file` receives the bytes of a .pxc file, to be freed with pxc_free, and `*file_bytes` their
 number. The bytes do not depend on the machine or on the number of threads. `options` may be NULL.

 # Safety
 `engine` comes from pxc_engine_new; `image` points to an image whose samples are there; `options` is NULL or
 points to options; `file` and `file_bytes` point to memory for their results.
 */
enum PxcStatus pxc_compress(const struct PxcEngine *engine,
                            const struct PxcImage *image,
                            const struct PxcOptions *options,
                            uint8_t **file,
                            size_t *file_bytes);

/*
 Decompresses a file into memory of the caller: PxcHeader.samples_bytes bytes, as pxc_read_header gives them, in the
 colour type and bit depth that it names. Compares the pixels with the file's digest before it writes any. `options`
 may be NULL.

 # Safety
 `engine` comes from pxc_engine_new; `file` points to `file_bytes` bytes; `options` is NULL or points to options;
 `samples` points to `samples_bytes` bytes.
 */
enum PxcStatus pxc_decompress(const struct PxcEngine *engine,
                              const uint8_t *file,
                              size_t file_bytes,
                              const struct PxcOptions *options,
                              void *samples,
                              size_t samples_bytes);

/*
 Decompresses a part of an image into memory of the caller: `width` * `height` pixels whose first is in column `x`
 and row `y`, in the format of pxc_decompress. Decodes only what the part needs, and compares its checksums; it
 cannot compare the digest of the whole image. `options` may be NULL.

 # Safety
 The same as with pxc_decompress.
 */
enum PxcStatus pxc_decompress_region(const struct PxcEngine *engine,
                                     const uint8_t *file,
                                     size_t file_bytes,
                                     const struct PxcOptions *options,
                                     uint32_t x,
                                     uint32_t y,
                                     uint32_t width,
                                     uint32_t height,
                                     void *samples,
                                     size_t samples_bytes);

/*
 Makes a thumbnail in the format of pxc_decompress, an approximation of which no side is longer than `longest`. If
 that is at most 256, it comes from the preview of the file, if there is one (PxcHeader.has_preview): it may be
 smaller than `longest`, and the file may end after the preview. Otherwise it takes as long as pxc_decompress, or as
 decoding the coarse image of a model of two scales. `*samples` points to `*width` * `*height` pixels and is freed
 with pxc_free. `options` may be NULL.

 # Safety
 `engine` comes from pxc_engine_new; `file` points to `file_bytes` bytes; `options` is NULL or points to options;
 `samples`, `width` and `height` point to memory for their results.
 */
enum PxcStatus pxc_decompress_thumbnail(const struct PxcEngine *engine,
                                        const uint8_t *file,
                                        size_t file_bytes,
                                        uint32_t longest,
                                        const struct PxcOptions *options,
                                        uint8_t **samples,
                                        uint32_t *width,
                                        uint32_t *height);

/*
 Returns the file that a .pxc file was made from (PxcHeader.has_original), byte for byte: a JPEG, PNG, BMP, PNM, PAM,
 QOI or TIFF file. Refuses files that keep only pixels and metadata (PXC_STATUS_ARGUMENT), and PNG files of unusual
 encoders (PXC_STATUS_UNSUPPORTED), which only the command pxc rebuilds. `*original` points to `*original_bytes`
 bytes and is freed with pxc_free. `options` may be NULL.

 # Safety
 `engine` comes from pxc_engine_new; `file` points to `file_bytes` bytes; `options` is NULL or points to options;
 `original` and `original_bytes` point to memory for their results.
 */
enum PxcStatus pxc_original_file(const struct PxcEngine *engine,
                                 const uint8_t *file,
                                 size_t file_bytes,
                                 const struct PxcOptions *options,
                                 uint8_t **original,
                                 size_t *original_bytes);

/*
 Frees bytes that a function has allocated. NULL is legal.

 # Safety
 `file` is NULL, or was written to a `uint8_t **` by a function of this library and was not freed.
 */
void pxc_free(uint8_t *file);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* PXC_H */
