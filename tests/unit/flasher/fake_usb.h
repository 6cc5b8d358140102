/* SPDX-License-Identifier: Apache-2.0 */
/* A USB host of the tests: virtual time, and transfers that land when and how the test says. */
#ifndef TESTS_UNIT_FLASHER_FAKE_USB_H
#define TESTS_UNIT_FLASHER_FAKE_USB_H

#include "flasher/link/usb_pipe.h"

#define FAKE_MAX 256

/* What is to happen to the next transfer of a direction, in order. */
struct fake_end {
    enum mtk_urb_result result;
    size_t actual;    /* towards the phone: bytes it takes; SIZE_MAX for all */
    const char *data; /* towards the host: what comes; it ends by itself as packets do */
    int64_t after;    /* ns until then */
};

struct fake_usb {
    struct mtk_usb_host host;
    int64_t now;
    struct mtk_urb *flying[FAKE_MAX];
    size_t n_flying;
    struct fake_end in[FAKE_MAX], out[FAKE_MAX];
    size_t n_in, n_out;       /* how many are scripted */
    size_t next_in, next_out; /* which is due */
    size_t asked[FAKE_MAX];   /* lengths of IN transfers, in order of submission */
    size_t n_asked;
    uint8_t written[1 << 20];
    size_t n_written;
    size_t chunks[FAKE_MAX]; /* lengths of OUT transfers that landed */
    size_t n_chunks;
    size_t partial;  /* bytes that a cancelled OUT transfer had moved */
    size_t most_out; /* how many OUT transfers were under way at a time */
    unsigned cancelled, halts;
    uint8_t last_halt;
    const uint8_t *config;
    size_t config_len;
    int control_result; /* of everything but GET_DESCRIPTOR */
};

/* An opened pipe over this host: bulk 01/81 with packets of 64. Free with fake_close. */
struct mtk_usb_pipe *fake_open(struct fake_usb *f);
void fake_close(struct mtk_usb_pipe *p);

#endif
