/* Do files and pixels stay the same, whatever floating-point environment the caller has set, and does it stay set? */
#include "pxc.h"

#include <fenv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <xmmintrin.h>
/* Subnormal operands and results become zero. */
#define FLUSHING 0x8040u
static unsigned control(void) { return _mm_getcsr() & ~0x3fu; }
static void flush(void) { _mm_setcsr(_mm_getcsr() | FLUSHING); }
#else
static unsigned control(void) { return (unsigned)fegetround(); }
static void flush(void) {}
#endif

enum { SIDE = 96, BYTES = SIDE * SIDE * 3 };

static uint8_t samples[BYTES];

static void expect(int holds, const char *what) {
    if (!holds) {
        fprintf(stderr, "%s: %s\n", what, pxc_error_message());
        exit(1);
    }
}

/* Compresses with a new engine in the environment that is set. */
static uint8_t *compressed(size_t *bytes) {
    PxcEngine *engine = NULL;
    expect(pxc_engine_new(false, &engine) == PXC_STATUS_OK, "pxc_engine_new");
    PxcImage image = {SIDE, SIDE, PXC_RGB, 8, samples, BYTES};
    PxcOptions options = {0};
    options.threads = 2;
    uint8_t *file = NULL;
    expect(pxc_compress(engine, &image, &options, &file, bytes) == PXC_STATUS_OK, "pxc_compress");
    pxc_engine_free(engine);
    return file;
}

static void decompress(const uint8_t *file, size_t bytes) {
    PxcEngine *engine = NULL;
    expect(pxc_engine_new(false, &engine) == PXC_STATUS_OK, "pxc_engine_new");
    static uint8_t found[BYTES];
    memset(found, 0, BYTES);
    expect(pxc_decompress(engine, file, bytes, NULL, found, BYTES) == PXC_STATUS_OK, "pxc_decompress");
    expect(memcmp(found, samples, BYTES) == 0, "the samples");
    pxc_engine_free(engine);
}

int main(void) {
    unsigned noise = 1;
    for (int i = 0; i < BYTES; i++) {
        noise = noise * 1664525u + 1013904223u;
        samples[i] = (uint8_t)(i / 3 % SIDE + i / 3 / SIDE + (noise >> 29));
    }
    size_t expected_bytes = 0;
    uint8_t *expected = compressed(&expected_bytes);
    const int modes[] = {FE_TONEAREST, FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO};
    for (int i = 0; i < 8; i++) {
        fenv_t usual;
        fegetenv(&usual);
        fesetround(modes[i % 4]);
        if (i >= 4)
            flush();
        unsigned before = control();
        size_t bytes = 0;
        uint8_t *file = compressed(&bytes);
        expect(bytes == expected_bytes && memcmp(file, expected, bytes) == 0, "the bytes of the file");
        decompress(file, bytes);
        expect(control() == before && fegetround() == modes[i % 4], "the environment");
        pxc_free(file);
        fesetenv(&usual);
    }
    pxc_free(expected);
    return 0;
}
