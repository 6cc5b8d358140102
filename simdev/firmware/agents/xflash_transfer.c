/* SPDX-License-Identifier: Apache-2.0 */
/* Data in both directions: READ_DATA, UPLOAD, WRITE_DATA, DOWNLOAD. da-xflash.md sections 8.1 to 8.4. */
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "formats/preloader.h"
#include "simdev/firmware/agents/xflash.h"

#define OS_LINUX       1u
#define MESSAGE_BLOCKS 8u /* a line of log every so many data packets */

uint32_t xf_read_packet(const struct xf *x)
{
    return x->system_os == OS_LINUX ? XF_LINUX_READ : XF_MAX_PACKET;
}

/* ---- device to host ---- */

/* Takes the host's ack. False: the transfer is over, a value other than 0 has been echoed [3]. */
static bool host_goes_on(struct xf *x)
{
    uint32_t ack;
    if (!xf_word(x, &ack))
        return false;
    if (ack)
        xf_status(x, ack);
    return ack == 0;
}

/* A later packet cannot be read: nobody has seen how often that is said, or whether the ack before it is the place. */
static void late_read_error(struct xf *x, uint32_t st)
{
    xf_status(x, st);
    if (phone_settings(x->p)->read_error == READ_ERROR_TWICE)
        xf_status(x, st);
}

/*
 * The status that opens the data phase, then packet, ack, status until all is sent. The first packet is fetched before
 * that status: an error there comes as the status and once more as the final one [8.1].
 */
static void send_place(struct xf *x, const struct ag_place *place)
{
    uint32_t max = xf_read_packet(x);
    uint64_t done = 0;
    size_t n = place->size < max ? (size_t)place->size : max;
    xf_reserve(x, &x->packet, &x->packet_cap, n);
    uint32_t st = ag_status(x->p, ag_read(x->p, place, 0, x->packet, n));
    if (xf_status(x, st) != XF_OK || st != XF_OK) {
        if (st != XF_OK)
            xf_status(x, st);
        return;
    }
    for (unsigned k = 1; done < place->size; k++) {
        xf_answer(x, x->packet, n);
        if (!host_goes_on(x))
            return;
        done += n;
        n = place->size - done < max ? (size_t)(place->size - done) : max;
        st = ag_status(x->p, ag_read(x->p, place, done, x->packet, n));
        bool early = st != XF_OK && phone_settings(x->p)->read_error == READ_ERROR_ACK;
        if (xf_status(x, early ? st : XF_OK) != XF_OK)
            return;
        if (k % MESSAGE_BLOCKS == 0)
            xf_message(x, "%s: packet %u", x->command, k);
        if (st != XF_OK) {
            late_read_error(x, st);
            return;
        }
    }
}

void xf_read_data(struct xf *x)
{
    uint8_t op[XFLASH_FLASHOP_LEN];
    struct ag_place place;
    xf_param(x, op, sizeof(op), NULL);
    if (xf_status(x, xf_place_from_flashop(x, op, &place)) == XF_OK && place.n_areas)
        send_place(x, &place);
}

void xf_upload(struct xf *x)
{
    char name[65];
    struct ag_place place = {0};
    uint8_t size[8];
    xf_receive_name(x, name);
    uint32_t st = xf_place_from_name(x, name, &place);
    if (st == XF_PARTITION_NOT_FOUND && !phone_settings(x->p)->upload_missing_status) {
        phone_log(x->p, "[DA%u] UPLOAD: no partition \"%s\"", x->stage, name);
        return; /* without a word [8.4] */
    }
    if (st == XF_PARTITION_TABLE_FAIL)
        st = ag_table_is_pmt(x->p) ? XF_INVALID_PMT : XF_INVALID_GPT;
    if (xf_status(x, st) != XF_OK || st != XF_OK)
        return;
    put_le64(size, place.size);
    xf_answer(x, size, sizeof(size));
    send_place(x, &place);
}

/* ---- host to device ---- */

/* The three packets of a block [8.2]. */
enum block { BLOCK_TAKEN, BLOCK_BAD_SUM, BLOCK_TOO_LONG, BLOCK_ABORTED, BLOCK_LOST };

static enum block receive_block(struct xf *x, uint64_t left, uint32_t *host_status, uint32_t *len)
{
    uint32_t sum;
    if (!xf_word(x, host_status))
        return BLOCK_LOST;
    if (*host_status)
        return BLOCK_ABORTED;
    if (!xf_word(x, &sum))
        return BLOCK_LOST;
    if (!xf_header(x, len)) {
        xf_bad_frame(x, "wrong magic in place of data");
        return BLOCK_LOST;
    }
    if (*len > XF_MAX_PACKET)
        return BLOCK_LOST; /* never answered; what stays in the pipe makes the loop deaf [2.2] */
    xf_reserve(x, &x->packet, &x->packet_cap, *len);
    phone_read(x->p, x->packet, *len, -1);
    if (*len > left)
        return BLOCK_TOO_LONG;
    bool checked = (x->checksum_level & XF_CHECKSUM_USB) != 0;
    return checked && sum16(0, x->packet, *len) != (uint16_t)sum ? BLOCK_BAD_SUM : BLOCK_TAKEN;
}

/* When a latched storage error comes out before the end: write_lag packets after the one that caused it. */
struct lag {
    unsigned packets;
    bool latched;
    uint64_t block; /* the one that failed */
};

static uint32_t packet_status(struct xf *x, struct lag *lag, uint64_t block)
{
    enum ag_result error = ag_sink_error(x->sink);
    if (!error)
        return XF_OK;
    if (!lag->latched) {
        lag->latched = true;
        lag->block = block;
    }
    return lag->packets && block - lag->block >= lag->packets ? ag_status(x->p, error) : (uint32_t)XF_OK;
}

/* Blocks until total bytes are in, one status each, and the final status. */
static void receive_place(struct xf *x, const struct ag_place *place, enum ag_form form, uint64_t total)
{
    bool read_back = (x->checksum_level & XF_CHECKSUM_STORAGE) != 0;
    struct lag lag = {.packets = phone_settings(x->p)->write_lag};
    uint64_t done = 0;
    x->sink = ag_sink_begin(x->p, x->sink, place, form, total, read_back);
    for (uint64_t block = 0; done < total; block++) {
        uint32_t host_status = 0, len = 0, st = XF_OK;
        enum block b = receive_block(x, total - done, &host_status, &len);
        if (b == BLOCK_LOST)
            return;
        if (b == BLOCK_ABORTED) {
            xf_status(x, host_status); /* echoed, and the command is over */
            return;
        }
        if (b == BLOCK_TAKEN) {
            ag_sink_write(x->sink, x->packet, len);
            st = packet_status(x, &lag, block);
        } else {
            st = b == BLOCK_BAD_SUM ? XF_CHECKSUM_ERROR : XF_TOO_LARGE;
        }
        uint32_t said = xf_status(x, st);
        if (st != XF_OK || said != XF_OK) {
            xf_status(x, st != XF_OK ? st : said); /* the same once more as the final status [8.2] */
            return;
        }
        done += len;
        if ((block + 1) % MESSAGE_BLOCKS == 0)
            xf_message(x, "%s: %llu of %llu bytes", x->command, (unsigned long long)done,
                       (unsigned long long)total);
    }
    xf_status(x, ag_status(x->p, ag_sink_finish(x->sink)));
}

void xf_write_data(struct xf *x)
{
    uint8_t op[XFLASH_FLASHOP_LEN];
    struct ag_place place;
    xf_param(x, op, sizeof(op), NULL);
    uint32_t st = xf_place_from_flashop(x, op, &place);
    if (st == XF_OK)
        st = ag_status(x->p, ag_policy(x->p, &place, AG_WRITE_RANGE));
    if (xf_status(x, st) == XF_OK && st == XF_OK)
        receive_place(x, &place, AG_FORM_RAW, place.size);
}

/* Bytes of a place that are not an image's: what stands in front of a preloader. */
static size_t header_len(struct xf *x, const struct ag_place *place)
{
    static const enum mtk_boot_device devices[] = {
        [BOARD_EMMC] = MTK_BOOT_EMMC, [BOARD_UFS] = MTK_BOOT_UFS, [BOARD_NAND] = MTK_BOOT_NAND};
    const struct board *b = phone_board(x->p);
    return place->preloader ? mtk_preloader_header_len(devices[b->storage], b->nand.page_size) : 0;
}

void xf_download(struct xf *x)
{
    char name[65];
    uint8_t word[8];
    uint32_t ignored;
    struct ag_place place;
    xf_receive_name(x, name); /* no status here */
    xf_param(x, word, sizeof(word), NULL);
    uint64_t total = get_le64(word);
    uint32_t st = xf_place_from_name(x, name, &place);
    if (st == XF_OK)
        st = ag_status(x->p, ag_policy(x->p, &place, AG_DOWNLOAD));
    if (xf_status(x, st) != XF_OK || st != XF_OK)
        return;
    size_t header = header_len(x, &place);
    if (place.size < header ||
        total > place.size - header) { /* firmware finds that out in the data phase [8.3] */
        xf_word(x, &ignored);          /* whatever it is, it is not echoed */
        xf_status(x, XF_TOO_LARGE);
        return;
    }
    receive_place(x, &place, place.preloader ? AG_FORM_PRELOADER : AG_FORM_UNKNOWN, total);
}
