/* A thumbnail of a .pxc file: here, the coarse image of a model of two scales. Built like roundtrip.c:
 *
 *     ./thumbnail MODEL.onnx FILE.pxc >thumbnail.pgm
 */
#include "pxc.h"

#include <stdio.h>
#include <stdlib.h>

static void expect(PxcStatus found, PxcStatus expected, const char *what) {
    if (found != expected) {
        fprintf(stderr, "%s: expected status %d, found %d: %s\n", what, (int)expected, (int)found, pxc_error_message());
        exit(1);
    }
}

static uint8_t *read_file(const char *name, size_t *bytes) {
    FILE *stream = fopen(name, "rb");
    size_t room = 1 << 22;
    uint8_t *content = malloc(room);
    if (stream == NULL || content == NULL) {
        fprintf(stderr, "%s: cannot be read\n", name);
        exit(1);
    }
    *bytes = fread(content, 1, room, stream);
    fclose(stream);
    return content;
}

int main(int count, char **arguments) {
    if (count != 3) {
        fputs("usage: thumbnail MODEL.onnx FILE.pxc >thumbnail.pgm\n", stderr);
        return 1;
    }
    size_t model_bytes, file_bytes;
    uint8_t *model = read_file(arguments[1], &model_bytes);
    uint8_t *file = read_file(arguments[2], &file_bytes);
    PxcEngine *engine = NULL;
    expect(pxc_engine_new(0, &engine), PXC_STATUS_OK, "pxc_engine_new");
    expect(pxc_engine_add_model(engine, model, model_bytes, NULL), PXC_STATUS_OK, "pxc_engine_add_model");

    uint8_t *samples = NULL;
    uint32_t width = 0, height = 0;
    expect(pxc_decompress_thumbnail(engine, file, file_bytes, 256, NULL, &samples, &width, &height), PXC_STATUS_OK,
           "pxc_decompress_thumbnail");
    PxcHeader header;
    expect(pxc_read_header(file, file_bytes, NULL, &header), PXC_STATUS_OK, "pxc_read_header");
    int channels = (int)(header.samples_bytes / header.width / header.height);
    printf("P%d\n%u %u\n255\n", channels == 3 ? 6 : 5, width, height);
    fwrite(samples, (size_t)channels, (size_t)width * height, stdout);

    /* Nothing is written when it goes wrong. */
    uint32_t untouched = 7;
    uint8_t *nothing = NULL;
    expect(pxc_decompress_thumbnail(engine, file, file_bytes - 1, 256, NULL, &nothing, &untouched, &untouched),
           PXC_STATUS_BAD_DATA, "a truncated file");
    expect(pxc_decompress_thumbnail(engine, file, file_bytes, 256, NULL, NULL, &width, &height), PXC_STATUS_ARGUMENT,
           "nowhere to write");
    if (nothing != NULL || untouched != 7) {
        fputs("a failure has written\n", stderr);
        return 1;
    }
    pxc_free(samples);
    pxc_engine_free(engine);
    free(model);
    free(file);
    return 0;
}
