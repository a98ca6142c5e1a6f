/* A gdk-pixbuf loader: bytes of a .pxc file in, an 8-bit RGB or RGBA pixbuf out.
 *
 * Gray becomes RGB, palettes and transparent colours are resolved, and samples of 1, 2 and 4 bits are scaled to 8 bits
 * (docs/format.md, Header). Pixbufs have 8 bits: a 16-bit sample v becomes the nearest of 256 levels, (v + 128) / 257.
 *
 * A JPEG file that a file holds (docs/format.md, JPEG files) is decoded by gdk-pixbuf's own JPEG loader, which knows its
 * profile and its orientation. */

#define _POSIX_C_SOURCE 200809L
#define GDK_PIXBUF_ENABLE_BACKEND
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <gmodule.h>
#include <string.h>

#include "pxc.h"

/* The limits of the command pxc. With so few pixels no size below leaves an int. */
#define MAX_PIXELS ((uint64_t)1 << 28)
#define MAX_FILE ((gsize)1 << 31)

/* docs/format.md, File: the offset of header_length and the bytes of header_checksum. */
#define HEADER_LENGTH 9
#define CHECKSUM 4

/* 7 bits each: enough for every header in a file of MAX_FILE bytes. */
#define MAX_LENGTH_BYTES 8

/* The longest side of a preview. */
#define MAX_PREVIEW 256

/* Where a colour profile names the samples that it describes. */
#define PROFILE_SPACE 16

/* One file that is being loaded. */
typedef struct {
    GdkPixbufModuleSizeFunc size;
    GdkPixbufModulePreparedFunc prepared;
    GdkPixbufModuleUpdatedFunc updated;
    gpointer user_data;
    guchar *file;
    gsize file_bytes;
    gsize capacity;
    PxcHeader header;
    gboolean has_header;
    /* The longest side that the program wants. */
    guint longest;
    /* A load_increment failed, or the program asked for nothing but the size: stop_load only frees. */
    gboolean ended;
} Loading;

static const PxcOptions options = {.max_pixels = MAX_PIXELS};

/* The message of the library as a GError. */
static void set_error(PxcStatus status, GError **error) {
    GdkPixbufError code = GDK_PIXBUF_ERROR_FAILED;
    switch (status) {
    case PXC_STATUS_BAD_DATA:
        code = GDK_PIXBUF_ERROR_CORRUPT_IMAGE;
        break;
    case PXC_STATUS_LIMIT:
    case PXC_STATUS_IO:
        code = GDK_PIXBUF_ERROR_INSUFFICIENT_MEMORY;
        break;
    case PXC_STATUS_MISSING_MODEL:
    case PXC_STATUS_UNSUPPORTED:
        code = GDK_PIXBUF_ERROR_UNSUPPORTED_OPERATION;
        break;
    default:
        break;
    }
    g_set_error_literal(error, GDK_PIXBUF_ERROR, code, pxc_error_message());
}

static void set_no_memory(const char *what, guint64 bytes, GError **error) {
    g_set_error(error, GDK_PIXBUF_ERROR, GDK_PIXBUF_ERROR_INSUFFICIENT_MEMORY,
                "no memory for %s: %" G_GUINT64_FORMAT " bytes", what, bytes);
}

/* The engine of this process, kept for the next image. NULL after a failure. */
static PxcEngine *engine(GError **error) {
    static GMutex mutex;
    static PxcEngine *kept = NULL;
    g_mutex_lock(&mutex);
    if (kept == NULL) {
        PxcStatus status = pxc_engine_new(true, &kept);
        if (status != PXC_STATUS_OK) {
            kept = NULL;
            set_error(status, error);
        }
    }
    PxcEngine *found = kept;
    g_mutex_unlock(&mutex);
    return found;
}

static gpointer begin_load(GdkPixbufModuleSizeFunc size, GdkPixbufModulePreparedFunc prepared,
                           GdkPixbufModuleUpdatedFunc updated, gpointer user_data, GError **error) {
    (void)error;
    Loading *loading = g_new0(Loading, 1);
    loading->size = size;
    loading->prepared = prepared;
    loading->updated = updated;
    loading->user_data = user_data;
    return loading;
}

static gboolean append(Loading *loading, const guchar *bytes, gsize count, GError **error) {
    if (count > MAX_FILE - loading->file_bytes) {
        g_set_error(error, GDK_PIXBUF_ERROR, GDK_PIXBUF_ERROR_INSUFFICIENT_MEMORY,
                    "file size limit: allowed %" G_GSIZE_FORMAT " bytes, found more", MAX_FILE);
        return FALSE;
    }
    gsize needed = loading->file_bytes + count;
    if (needed > loading->capacity) {
        gsize capacity = MAX(needed, 2 * loading->capacity);
        guchar *file = g_try_realloc(loading->file, capacity);
        if (file == NULL) {
            set_no_memory("the file", capacity, error);
            return FALSE;
        }
        loading->file = file;
        loading->capacity = capacity;
    }
    memcpy(loading->file + loading->file_bytes, bytes, count);
    loading->file_bytes = needed;
    return TRUE;
}

/* Where the header begins and how long it is. FALSE while the field header_length is incomplete. */
static gboolean find_header(const Loading *loading, gsize *start, guint64 *length) {
    *length = 0;
    for (gsize digit = 0; HEADER_LENGTH + digit < loading->file_bytes; digit++) {
        guchar byte = loading->file[HEADER_LENGTH + digit];
        *start = HEADER_LENGTH + digit + 1;
        if (digit == MAX_LENGTH_BYTES) return TRUE;
        *length |= (guint64)(byte & 0x7f) << (7 * digit);
        if (byte < 0x80) return TRUE;
    }
    return FALSE;
}

/* Whether the header and its checksum are there. */
static gboolean header_is_there(const Loading *loading) {
    gsize start = 0;
    guint64 length = 0;
    return find_header(loading, &start, &length) && start + length + CHECKSUM <= loading->file_bytes;
}

/* Reads the header and tells the program the size. */
static gboolean read_header(Loading *loading, GError **error) {
    PxcStatus status = pxc_read_header(loading->file, loading->file_bytes, &options, &loading->header);
    if (status != PXC_STATUS_OK) {
        set_error(status, error);
        return FALSE;
    }
    loading->has_header = TRUE;
    gint width = (gint)loading->header.width;
    gint height = (gint)loading->header.height;
    if (loading->size != NULL) {
        loading->size(&width, &height, loading->user_data);
        if (width == 0 || height == 0) loading->ended = TRUE;
    }
    loading->longest = (guint)MAX(width, height);
    return TRUE;
}

static gboolean load_increment(gpointer context, const guchar *bytes, guint count, GError **error) {
    Loading *loading = context;
    if (loading->ended) return TRUE;
    gboolean good = append(loading, bytes, count, error);
    if (good && !loading->has_header && header_is_there(loading)) good = read_header(loading, error);
    if (!good) loading->ended = TRUE;
    return good;
}

static guchar sample(const guchar *samples, gsize index, guint bit_depth) {
    if (bit_depth == 8) return samples[index];
    guint16 value;
    memcpy(&value, samples + 2 * index, sizeof value);
    return (guchar)((value + 128u) / 257u);
}

static gboolean has_alpha(const PxcHeader *header) {
    return header->color == PXC_GRAY_ALPHA || header->color == PXC_RGBA;
}

/* Samples as libpxc gives them to 8-bit RGB or RGBA without padding. */
static void convert(const PxcHeader *header, const guchar *samples, guchar *pixels) {
    gsize colors = header->color == PXC_RGB || header->color == PXC_RGBA ? 3 : 1;
    gsize alpha = has_alpha(header) ? 1 : 0;
    gsize count = (gsize)header->width * header->height;
    for (gsize pixel = 0; pixel < count; pixel++) {
        gsize first = pixel * (colors + alpha);
        for (gsize color = 0; color < 3; color++) {
            *pixels++ = sample(samples, first + (colors == 3 ? color : 0), header->bit_depth);
        }
        if (alpha) *pixels++ = sample(samples, first + colors, header->bit_depth);
    }
}

static void free_pixels(guchar *pixels, gpointer unused) {
    (void)unused;
    g_free(pixels);
}

/* Takes the pixels. */
static GdkPixbuf *wrap(const PxcHeader *header, guchar *pixels) {
    gboolean alpha = has_alpha(header);
    int stride = (int)header->width * (alpha ? 4 : 3);
    return gdk_pixbuf_new_from_data(pixels, GDK_COLORSPACE_RGB, alpha, 8, (int)header->width, (int)header->height,
                                    stride, free_pixels, NULL);
}

/* Samples to a pixbuf. Takes the samples. */
static GdkPixbuf *pixbuf_of(const PxcHeader *header, guchar *samples, GError **error) {
    if (header->bit_depth == 8 && (header->color == PXC_RGB || header->color == PXC_RGBA)) return wrap(header, samples);
    gsize bytes = (gsize)header->width * header->height * (has_alpha(header) ? 4 : 3);
    guchar *pixels = g_try_malloc(bytes);
    if (pixels != NULL) convert(header, samples, pixels);
    g_free(samples);
    if (pixels == NULL) {
        set_no_memory("the pixels", bytes, error);
        return NULL;
    }
    return wrap(header, pixels);
}

/* A JPEG file to a pixbuf, with the options that gdk-pixbuf's own loader gives it. */
static GdkPixbuf *decode_jpeg(GBytes *jpeg, GError **error) {
    GdkPixbufLoader *loader = gdk_pixbuf_loader_new_with_type("jpeg", error);
    if (loader == NULL) return NULL;
    gboolean good = gdk_pixbuf_loader_write_bytes(loader, jpeg, error);
    good = gdk_pixbuf_loader_close(loader, good ? error : NULL) && good;
    GdkPixbuf *pixbuf = good ? gdk_pixbuf_loader_get_pixbuf(loader) : NULL;
    if (pixbuf != NULL) g_object_ref(pixbuf);
    g_object_unref(loader);
    return pixbuf;
}

/* The JPEG file in a .pxc file. */
static GdkPixbuf *decode_jpeg_file(const Loading *loading, GError **error) {
    PxcEngine *models = engine(error);
    if (models == NULL) return NULL;
    uint8_t *file = NULL;
    size_t bytes = 0;
    PxcStatus status = pxc_original_file(models, loading->file, loading->file_bytes, &options, &file, &bytes);
    if (status != PXC_STATUS_OK) {
        set_error(status, error);
        return NULL;
    }
    GBytes *jpeg = g_bytes_new_static(file, bytes);
    GdkPixbuf *pixbuf = decode_jpeg(jpeg, error);
    g_bytes_unref(jpeg);
    pxc_free(file);
    return pixbuf;
}

/* Sets the options that gdk-pixbuf's own loaders set: how the image stands, and its colour profile. A profile for gray
 * says nothing about the RGB that the pixbuf has. */
static gboolean set_options(GdkPixbuf *pixbuf, const Loading *loading, GError **error) {
    if (loading->header.orientation != 1) {
        gchar *orientation = g_strdup_printf("%d", loading->header.orientation);
        gdk_pixbuf_set_option(pixbuf, "orientation", orientation);
        g_free(orientation);
    }
    uint8_t *profile = NULL;
    gsize bytes = 0;
    PxcStatus status =
        pxc_read_metadata(loading->file, loading->file_bytes, &options, PXC_ICC_PROFILE, &profile, &bytes);
    if (status != PXC_STATUS_OK) {
        set_error(status, error);
        return FALSE;
    }
    if (bytes >= PROFILE_SPACE + 4 && memcmp(profile + PROFILE_SPACE, "RGB ", 4) == 0) {
        gchar *text = g_base64_encode(profile, bytes);
        gdk_pixbuf_set_option(pixbuf, "icc-profile", text);
        g_free(text);
    }
    pxc_free(profile);
    return TRUE;
}

/* The preview of a large image to a pixbuf, for a program that wants no more. */
static GdkPixbuf *decode_preview(const Loading *loading, PxcEngine *models, GError **error) {
    uint8_t *preview = NULL;
    PxcHeader header = loading->header;
    PxcStatus status = pxc_decompress_thumbnail(models, loading->file, loading->file_bytes, MAX_PREVIEW, &options,
                                                &preview, &header.width, &header.height);
    if (status != PXC_STATUS_OK) {
        set_error(status, error);
        return NULL;
    }
    gsize pixels = (gsize)header.width * header.height;
    gsize pixel_bytes = header.samples_bytes / ((gsize)loading->header.width * loading->header.height);
    guchar *samples = g_try_malloc(pixels * pixel_bytes);
    if (samples != NULL) memcpy(samples, preview, pixels * pixel_bytes);
    pxc_free(preview);
    if (samples == NULL) {
        set_no_memory("the samples", pixels * pixel_bytes, error);
        return NULL;
    }
    return pixbuf_of(&header, samples, error);
}

/* All pixels to a pixbuf. */
static GdkPixbuf *decode_image(const Loading *loading, PxcEngine *models, GError **error) {
    const PxcHeader *header = &loading->header;
    guchar *samples = g_try_malloc(header->samples_bytes);
    if (samples == NULL) {
        set_no_memory("the samples", header->samples_bytes, error);
        return NULL;
    }
    PxcStatus status =
        pxc_decompress(models, loading->file, loading->file_bytes, &options, samples, header->samples_bytes);
    if (status != PXC_STATUS_OK) {
        g_free(samples);
        set_error(status, error);
        return NULL;
    }
    return pixbuf_of(header, samples, error);
}

/* The whole file to a pixbuf. */
static GdkPixbuf *decode(const Loading *loading, GError **error) {
    if (loading->header.holds_jpeg) return decode_jpeg_file(loading, error);
    PxcEngine *models = engine(error);
    if (models == NULL) return NULL;
    guint longest = (guint)MAX(loading->header.width, loading->header.height);
    gboolean is_small = loading->header.has_preview && loading->longest <= MAX_PREVIEW && loading->longest < longest;
    GdkPixbuf *pixbuf = is_small ? decode_preview(loading, models, error) : decode_image(loading, models, error);
    if (pixbuf != NULL && !set_options(pixbuf, loading, error)) g_clear_object(&pixbuf);
    return pixbuf;
}

static gboolean finish(Loading *loading, GError **error) {
    if (loading->ended) return TRUE;
    /* Not even a header: the library says what is missing. */
    if (!loading->has_header && !read_header(loading, error)) return FALSE;
    if (loading->ended) return TRUE;
    GdkPixbuf *pixbuf = decode(loading, error);
    if (pixbuf == NULL) return FALSE;
    if (loading->prepared != NULL) loading->prepared(pixbuf, NULL, loading->user_data);
    if (loading->updated != NULL) {
        int width = gdk_pixbuf_get_width(pixbuf);
        int height = gdk_pixbuf_get_height(pixbuf);
        loading->updated(pixbuf, 0, 0, width, height, loading->user_data);
    }
    g_object_unref(pixbuf);
    return TRUE;
}

static gboolean stop_load(gpointer context, GError **error) {
    Loading *loading = context;
    gboolean good = finish(loading, error);
    g_free(loading->file);
    g_free(loading);
    return good;
}

G_MODULE_EXPORT void fill_vtable(GdkPixbufModule *module) {
    module->begin_load = begin_load;
    module->load_increment = load_increment;
    module->stop_load = stop_load;
}

G_MODULE_EXPORT void fill_info(GdkPixbufFormat *info) {
    static GdkPixbufModulePattern signature[] = {{"\211PXC\r\n\032\n", NULL, 100}, {NULL, NULL, 0}};
    static gchar *mime_types[] = {"image/x-pxc", NULL};
    static gchar *extensions[] = {"pxc", NULL};
    info->name = "pxc";
    info->signature = signature;
    info->description = "pxc";
    info->mime_types = mime_types;
    info->extensions = extensions;
    info->flags = GDK_PIXBUF_FORMAT_THREADSAFE;
    info->license = "MIT OR Apache-2.0";
}
