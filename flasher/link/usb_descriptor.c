/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/link/usb_descriptor.h"

#include "base/cursor.h"

enum { DESC_CONFIG = 2, DESC_INTERFACE = 4, DESC_ENDPOINT = 5 };
enum { CLASS_COMM = 0x02, CLASS_DATA = 0x0A };
enum { INTERFACE_LEN = 9, ENDPOINT_LEN = 7 };

#define BULK            2
#define TRANSFER_MASK   0x03
#define DIRECTION_IN    0x80
#define PACKET_MASK     0x07FF
#define PACKET_MAX      1024 /* super speed; anything above is not USB */
#define LONGEST_PADDING 8 /* zero bytes between two descriptors, where a length does not count its padding */

/* An interface as far as it was read. */
struct seen {
    bool valid;
    uint8_t number, class;
    uint8_t in, out;
    uint16_t in_packet, out_packet;
};

struct search {
    struct mtk_usb_pipe_ends *ends;
    uint16_t packet;
    bool found, found_data, found_control;
};

/* An interface is complete when the next one begins. */
static void judge(struct search *s, const struct seen *i)
{
    if (!i->valid)
        return;
    if (i->class == CLASS_COMM && !s->found_control) {
        s->found_control = true;
        s->ends->control = i->number;
    }
    bool data = i->class == CLASS_DATA;
    if (!i->in || !i->out || (s->found && (s->found_data || !data)))
        return;
    s->found = true;
    s->found_data = data;
    s->ends->interface = i->number;
    s->ends->in = i->in;
    s->ends->out = i->out;
    s->ends->in_packet = i->in_packet;
    s->ends->out_packet = i->out_packet;
}

static void take_endpoint(const struct search *s, struct seen *i, const uint8_t *d)
{
    uint16_t packet = get_le16(d + 4) & PACKET_MASK;
    if (!i->valid || (d[3] & TRANSFER_MASK) != BULK || (d[2] & 0x0F) == 0)
        return;
    if (packet == 0 || packet > PACKET_MAX)
        packet = s->packet;
    if (d[2] & DIRECTION_IN && !i->in) {
        i->in = d[2];
        i->in_packet = packet;
    } else if (!(d[2] & DIRECTION_IN) && !i->out) {
        i->out = d[2];
        i->out_packet = packet;
    }
}

bool mtk_usb_find_pipe(const uint8_t *config, size_t len, uint16_t packet, struct mtk_usb_pipe_ends *ends)
{
    struct search s = {.ends = ends, .packet = packet};
    struct seen now = {0};
    size_t padding = 0;
    *ends = (struct mtk_usb_pipe_ends){.configuration = 1};
    for (size_t at = 0; at + 2 <= len;) {
        const uint8_t *d = config + at;
        size_t n = d[0];
        if (n < 2) {
            if (n != 0 || ++padding > LONGEST_PADDING)
                break;
            at++;
            continue;
        }
        padding = 0;
        if (n > len - at)
            break;
        if (d[1] == DESC_CONFIG && n >= MTK_USB_CONFIG_LEN) {
            ends->configuration = d[5];
        } else if (d[1] == DESC_INTERFACE && n >= INTERFACE_LEN) {
            judge(&s, &now);
            now = (struct seen){.valid = d[3] == 0, .number = d[2], .class = d[5]};
        } else if (d[1] == DESC_ENDPOINT && n >= ENDPOINT_LEN) {
            take_endpoint(&s, &now, d);
        }
        at += n;
    }
    judge(&s, &now);
    if (!s.found_control)
        ends->control = ends->interface;
    return s.found;
}
