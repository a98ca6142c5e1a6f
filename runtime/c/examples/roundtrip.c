/* An image in memory -> .pxc bytes -> the same image, through the C interface; wrong calls are errors, not crashes.
 * From the root of a checkout, after `cargo build --release --locked -p pxc-c`:
 *
 *     cc runtime/c/examples/roundtrip.c -Iruntime/c/include \
 *         -Ltarget/release -lpxc -Wl,-rpath,"$PWD/target/release" -o roundtrip
 *     ./roundtrip
 *
 * With `libpxc.so` and `pxc.pc` installed, `$(pkg-config --cflags --libs pxc)` stands for what is between source and
 * output. The embedded models suffice; `./roundtrip MODEL.onnx` uses one of your own, too.
 */
#include "pxc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void expect(PxcStatus found, PxcStatus expected, const char *what) {
    if (found != expected) {
        fprintf(stderr, "%s: expected status %d, found %d: %s\n", what, (int)expected, (int)found, pxc_error_message());
        exit(1);
    }
}

static void check(int holds, const char *what) {
    if (!holds) {
        fprintf(stderr, "%s does not hold\n", what);
        exit(1);
    }
}

static int32_t stop(void *calls, uint64_t done, uint64_t total) {
    (void)done;
    (void)total;
    *(int *)calls += 1;
    return 1;
}

/* The file's samples, in new memory of exactly their size. */
static void *decompressed(const PxcEngine *engine, const uint8_t *file, size_t file_bytes, PxcHeader *header) {
    expect(pxc_read_header(file, file_bytes, NULL, header), PXC_STATUS_OK, "pxc_read_header");
    void *samples = malloc(header->samples_bytes);
    check(samples != NULL, "malloc");
    expect(pxc_decompress(engine, file, file_bytes, NULL, samples, header->samples_bytes), PXC_STATUS_OK,
           "pxc_decompress");
    return samples;
}

static void round_trips(const PxcEngine *engine, const PxcImage *image, const char *model, uint8_t effort) {
    PxcOptions options = {0};
    options.model = model;
    options.effort = effort;
    uint8_t *file = NULL;
    size_t file_bytes = 0;
    expect(pxc_compress(engine, image, &options, &file, &file_bytes), PXC_STATUS_OK, "pxc_compress");
    PxcHeader header;
    void *samples = decompressed(engine, file, file_bytes, &header);
    check(header.width == image->width && header.height == image->height, "the size");
    check(header.color == image->color && header.bit_depth == image->bit_depth, "the format");
    check(header.samples_bytes == image->samples_bytes, "the number of samples");
    check(memcmp(samples, image->samples, image->samples_bytes) == 0, "the samples");
    /* One pixel, the last. */
    size_t pixel_bytes = header.samples_bytes / header.width / header.height;
    uint8_t pixel[8];
    expect(pxc_decompress_region(engine, file, file_bytes, NULL, header.width - 1, header.height - 1, 1, 1, pixel,
                                 pixel_bytes),
           PXC_STATUS_OK, "pxc_decompress_region");
    check(memcmp(pixel, (uint8_t *)samples + header.samples_bytes - pixel_bytes, pixel_bytes) == 0, "the last pixel");
    expect(pxc_decompress_region(engine, file, file_bytes, NULL, header.width, 0, 1, 1, pixel, pixel_bytes),
           PXC_STATUS_ARGUMENT, "a region outside");
    printf("%ux%u, %zu bytes of samples, %zu bytes compressed\n", header.width, header.height, header.samples_bytes,
           file_bytes);
    free(samples);
    pxc_free(file);
}

/* An image file -> .pxc bytes -> the same file. */
static void keeps_files(const PxcEngine *engine) {
    static const char ppm[] = "P6 2 1 255\nabcdef";
    const uint8_t *bytes = (const uint8_t *)ppm;
    size_t size = sizeof ppm - 1;
    PxcOptions options = {0};
    options.exact = PXC_EXACT_REQUIRE;
    uint8_t *file = NULL, *original = NULL;
    size_t file_bytes = 0, original_bytes = 0;
    expect(pxc_compress_file(engine, bytes, size, &options, &file, &file_bytes), PXC_STATUS_OK, "pxc_compress_file");
    expect(pxc_original_file(engine, file, file_bytes, NULL, &original, &original_bytes), PXC_STATUS_OK,
           "pxc_original_file");
    check(original_bytes == size && memcmp(original, bytes, size) == 0, "the file");
    pxc_free(original);
    pxc_free(file);
    file = NULL;
    expect(pxc_compress_file(engine, bytes, size - 1, &options, &file, &file_bytes), PXC_STATUS_BAD_DATA,
           "a truncated image file");
    options.exact = 3;
    expect(pxc_compress_file(engine, bytes, size, &options, &file, &file_bytes), PXC_STATUS_ARGUMENT, "exact");
    expect(pxc_compress_file(engine, NULL, size, NULL, &file, &file_bytes), PXC_STATUS_ARGUMENT, "no image file");
    check(file == NULL, "no failure writes a file");
}

static void wrong_images(const PxcEngine *engine, const PxcImage *image) {
    uint8_t *file = NULL;
    size_t file_bytes = 0;
    PxcImage wrong[7];
    for (size_t at = 0; at < 7; at++) wrong[at] = *image;
    wrong[0].samples = NULL;
    wrong[1].samples_bytes -= 1;
    wrong[2].samples_bytes = SIZE_MAX;
    wrong[3].width = 0;
    wrong[4].height = UINT32_MAX;
    wrong[5].color = PXC_PALETTE;
    wrong[6].bit_depth = 12;
    for (size_t at = 0; at < 7; at++) {
        expect(pxc_compress(engine, &wrong[at], NULL, &file, &file_bytes), PXC_STATUS_ARGUMENT, "a wrong image");
        check(pxc_error_message()[0] != 0, "a wrong image is put into words");
    }
    check(file == NULL && file_bytes == 0, "no failure writes a file");
}

static void wrong_calls(const PxcEngine *engine, const PxcImage *image) {
    uint8_t *file = NULL;
    size_t file_bytes = 0;
    expect(pxc_compress(NULL, image, NULL, &file, &file_bytes), PXC_STATUS_ARGUMENT, "no engine");
    check(strstr(pxc_error_message(), "engine: expected a pointer") != NULL, "the words for no engine");
    expect(pxc_compress(engine, NULL, NULL, &file, &file_bytes), PXC_STATUS_ARGUMENT, "no image");
    expect(pxc_compress(engine, image, NULL, NULL, &file_bytes), PXC_STATUS_ARGUMENT, "nowhere to write");
    expect(pxc_compress(engine, image, NULL, &file, NULL), PXC_STATUS_ARGUMENT, "nowhere to write the size");
    PxcOptions options = {0};
    options.model = "nobody";
    expect(pxc_compress(engine, image, &options, &file, &file_bytes), PXC_STATUS_MISSING_MODEL, "no such model");
    options.model = "./model.onnx";
    expect(pxc_compress(engine, image, &options, &file, &file_bytes), PXC_STATUS_ARGUMENT, "a path of a model");
    check(strstr(pxc_error_message(), "pxc_engine_add_model") != NULL, "the words for a path");
    options.model = NULL;
    options.effort = 3;
    expect(pxc_compress(engine, image, &options, &file, &file_bytes), PXC_STATUS_ARGUMENT, "no such effort");
    options.effort = PXC_EFFORT_DEFAULT;
    options.model = "\xff";
    expect(pxc_compress(engine, image, &options, &file, &file_bytes), PXC_STATUS_ARGUMENT, "a name that is no text");
    expect(pxc_engine_add_model(engine, (const uint8_t *)"no model", 8, NULL), PXC_STATUS_BAD_DATA, "no model");
    expect(pxc_engine_add_model(engine, NULL, 8, NULL), PXC_STATUS_ARGUMENT, "no bytes of a model");
    PxcHeader header;
    expect(pxc_read_header(NULL, 0, NULL, &header), PXC_STATUS_BAD_DATA, "an empty file");
    expect(pxc_read_header(NULL, 9, NULL, &header), PXC_STATUS_ARGUMENT, "no file");
    expect(pxc_read_header((const uint8_t *)"no file", 7, NULL, NULL), PXC_STATUS_ARGUMENT, "nowhere for a header");
    expect(pxc_engine_new(0, NULL), PXC_STATUS_ARGUMENT, "nowhere for an engine");
    pxc_engine_free(NULL);
    pxc_free(NULL);
}

static void limits(const PxcEngine *engine, const uint8_t *file, size_t file_bytes, void *samples, size_t size) {
    PxcOptions few = {0};
    few.max_pixels = 10;
    expect(pxc_decompress(engine, file, file_bytes, &few, samples, size), PXC_STATUS_LIMIT, "max_pixels");
    few.max_pixels = 0;
    few.max_memory = 10;
    expect(pxc_decompress(engine, file, file_bytes, &few, samples, size), PXC_STATUS_LIMIT, "max_memory");
    int calls = 0;
    PxcOptions stopping = {0};
    stopping.progress = stop;
    stopping.progress_user = &calls;
    expect(pxc_decompress(engine, file, file_bytes, &stopping, samples, size), PXC_STATUS_CANCELLED, "stopping");
    check(calls > 0, "the callback was called");
}

static void damage(const PxcEngine *engine, const PxcImage *image) {
    uint8_t *file = NULL;
    size_t file_bytes = 0;
    expect(pxc_compress(engine, image, NULL, &file, &file_bytes), PXC_STATUS_OK, "pxc_compress");
    check(pxc_error_message()[0] == 0, "success has no words");
    PxcHeader header;
    uint8_t *samples = decompressed(engine, file, file_bytes, &header);
    size_t size = header.samples_bytes;
    memset(samples, 0x55, size);
    expect(pxc_decompress(engine, file, file_bytes, NULL, samples, size - 1), PXC_STATUS_ARGUMENT, "too small");
    expect(pxc_decompress(engine, file, file_bytes, NULL, NULL, size), PXC_STATUS_ARGUMENT, "nowhere to write");
    limits(engine, file, file_bytes, samples, size);
    for (size_t at = 0; at < file_bytes; at += 1 + file_bytes / 50) {
        file[at] ^= 0x10;
        check(pxc_decompress(engine, file, file_bytes, NULL, samples, size) != PXC_STATUS_OK, "damage is found");
        check(pxc_error_message()[0] != 0, "damage is put into words");
        file[at] ^= 0x10;
        /* A copy of exactly the truncated size, so that reading behind its end would be seen. */
        uint8_t *truncated = malloc(at + 1);
        memcpy(truncated, file, at);
        expect(pxc_decompress(engine, truncated, at, NULL, samples, size), PXC_STATUS_BAD_DATA, "a truncated file");
        free(truncated);
    }
    for (size_t at = 0; at < size; at++) check(samples[at] == 0x55, "no failure writes samples");
    free(samples);
    pxc_free(file);
}

static void own_model(const PxcEngine *engine, const PxcImage *image, const char *path) {
    FILE *stream = fopen(path, "rb");
    check(stream != NULL, "a model file");
    static uint8_t model[1 << 20];
    size_t model_bytes = fread(model, 1, sizeof model, stream);
    fclose(stream);
    char id[17];
    expect(pxc_engine_add_model(engine, model, model_bytes, id), PXC_STATUS_OK, "pxc_engine_add_model");
    check(strlen(id) == 16, "an id has 16 digits");
    round_trips(engine, image, id, PXC_EFFORT_DEFAULT);
}

int main(int count, char **arguments) {
    printf("pxc %s\n", pxc_version());
    check(count <= 2, "at most one argument, a model file");
    PxcEngine *engine = NULL;
    expect(pxc_engine_new(0, &engine), PXC_STATUS_OK, "pxc_engine_new");

    static uint8_t bytes[40 * 30 * 4];
    for (size_t at = 0; at < sizeof bytes; at++) bytes[at] = (uint8_t)(at / 9 * 5);
    PxcImage rgb = {40, 30, PXC_RGB, 8, bytes, 40 * 30 * 3};
    PxcImage rgba = {40, 30, PXC_RGBA, 8, bytes, 40 * 30 * 4};
    PxcImage gray = {40, 30, PXC_GRAY, 8, bytes, 40 * 30};
    /* 16-bit samples of any alignment. */
    PxcImage deep = {40, 29, PXC_GRAY_ALPHA, 16, bytes + 1, 40 * 29 * 4};
    round_trips(engine, &rgb, NULL, PXC_EFFORT_DEFAULT);
    round_trips(engine, &rgb, NULL, PXC_EFFORT_FAST);
    round_trips(engine, &rgb, NULL, PXC_EFFORT_MAX);
    round_trips(engine, &rgba, NULL, PXC_EFFORT_DEFAULT);
    round_trips(engine, &gray, "photo-gray", PXC_EFFORT_DEFAULT);
    round_trips(engine, &deep, NULL, PXC_EFFORT_DEFAULT);
    if (count == 2) own_model(engine, &rgb, arguments[1]);

    keeps_files(engine);
    wrong_images(engine, &rgb);
    wrong_calls(engine, &rgb);
    damage(engine, &rgb);
    pxc_engine_free(engine);
    puts("done");
    return 0;
}
