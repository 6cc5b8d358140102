/* SPDX-License-Identifier: Apache-2.0 */
/* Erasing: FORMAT and FORMAT_PARTITION. da-xflash.md section 8.5. */
#include "simdev/firmware/agents/xflash.h"

#define STEP_MIN  (4u << 20) /* 1 MiB was one step on a real agent */
#define STEPS_MAX 100u
#define STEP_NS   (5 * NS_PER_MS)

/* Erases in steps; each is told to the host as CONTINUE, the percentage done, and an ack. */
static void erase_place(struct xf *x, const struct xf_place *place)
{
    uint64_t step = place->size / STEPS_MAX + 1, done = 0;
    step = step <= STEP_MIN ? STEP_MIN : (step + STEP_MIN - 1) / STEP_MIN * STEP_MIN;
    while (done < place->size) {
        uint64_t n = place->size - done < step ? place->size - done : step;
        uint32_t ack, percent;
        for (unsigned i = 0; i < place->n_areas; i++) {
            if (phone_flash_erase(x->p, place->area[i], place->start + done, n) != 0) {
                xf_status(x, XF_MMC_ERROR); /* in place of CONTINUE */
                return;
            }
        }
        done += n;
        phone_wait(x->p, STEP_NS);
        if (xf_status(x, XF_CONTINUE) != XF_CONTINUE)
            return;
        percent = (uint32_t)(done * 100 / place->size);
        uint8_t word[4] = {(uint8_t)percent, 0, 0, 0};
        xf_answer(x, word, sizeof(word));
        if (!xf_word(x, &ack))
            return;
        if (ack) {
            xf_status(x, ack);
            return;
        }
    }
    xf_status(x, XF_COMPLETE);
}

void xf_format(struct xf *x)
{
    uint8_t op[XFLASH_FLASHOP_LEN];
    struct xf_place place;
    xf_param(x, op, sizeof(op), NULL);
    uint32_t st = xf_place_from_flashop(x, op, &place);
    if (st == XF_OK && xf_is_protected(x, &place))
        st = XF_FORMAT_NOT_ALLOWED;
    if (xf_status(x, st) == XF_OK && st == XF_OK)
        erase_place(x, &place);
}

void xf_format_partition(struct xf *x)
{
    char name[65];
    struct xf_place place;
    xf_receive_name(x, name);
    uint32_t st = xf_place_from_name(x, name, &place);
    if (st == XF_OK && xf_is_protected(x, &place))
        st = XF_FORMAT_NOT_ALLOWED;
    if (st != XF_OK)
        xf_status(x, st);
    else
        erase_place(x, &place); /* no status for the name */
}
