/* SPDX-License-Identifier: Apache-2.0 */
/* Erasing: FORMAT and FORMAT_PARTITION. da-xflash.md section 8.5. */
#include "simdev/firmware/agents/nand.h"
#include "simdev/firmware/agents/xflash.h"

#define STEP_MIN  (4u << 20) /* 1 MiB was one step on a real agent */
#define STEPS_MAX 100u
#define STEP_NS   (5 * NS_PER_MS)

/* Erases in steps; each is told to the host as CONTINUE, the percentage done, and an ack. */
static void erase_place(struct xf *x, const struct ag_place *place)
{
    uint64_t step = place->size / STEPS_MAX + 1, done = 0;
    step = step <= STEP_MIN ? STEP_MIN : (step + STEP_MIN - 1) / STEP_MIN * STEP_MIN;
    while (done < place->size) {
        uint64_t n = place->size - done < step ? place->size - done : step;
        uint32_t ack, percent;
        enum ag_result r = ag_erase(x->p, place, done, n);
        if (r != AG_OK) {
            xf_status(x, ag_status(x->p, r)); /* in place of CONTINUE */
            return;
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

/* Format level "mark bad": the blocks of the range are never used again. */
static void mark_bad(struct xf *x, const struct ag_place *place)
{
    struct board *b = phone_board(x->p);
    uint32_t bytes = nand_block_bytes(b);
    for (uint64_t at = place->start; at < place->start + place->size; at += bytes) {
        if (nand_mark_bad(b, (uint32_t)(at / bytes)) != 0) {
            xf_status(x, XF_NAND_ERROR);
            return;
        }
    }
    xf_status(x, XF_COMPLETE); /* no CONTINUE is legal [8.5] */
}

void xf_format(struct xf *x)
{
    uint8_t op[XFLASH_FLASHOP_LEN];
    struct ag_place place;
    xf_param(x, op, sizeof(op), NULL);
    uint32_t st = xf_place_from_flashop(x, op, &place);
    if (st == XF_UNSUPPORTED_OP)
        st = ag_status(x->p, ag_place_to_erase(x->p, &place, AG_NOT_ALLOWED));
    if (st == XF_OK)
        st = ag_status(x->p, ag_policy(x->p, &place, AG_ERASE));
    if (xf_status(x, st) != XF_OK || st != XF_OK)
        return;
    if (xf_marks_bad(x, op, &place))
        mark_bad(x, &place);
    else
        erase_place(x, &place);
}

void xf_format_partition(struct xf *x)
{
    char name[65];
    struct ag_place place;
    xf_receive_name(x, name);
    uint32_t st = xf_place_from_name(x, name, &place);
    if (st == XF_OK)
        st = ag_status(x->p, ag_policy(x->p, &place, AG_ERASE));
    if (st != XF_OK)
        xf_status(x, st);
    else
        erase_place(x, &place); /* no status for the name */
}
