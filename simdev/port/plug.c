/* SPDX-License-Identifier: Apache-2.0 */
#include "simdev/port/plug.h"

#include <string.h>

#include "base/clock.h"

/* Virtual time given to a phone to show up; the longest wait of a preloader is below 15 s
 * (brom-preloader.md 2.1). */
#define ENUMERATION (60 * NS_PER_S)

bool port_out_of_reach(const struct mtksim *phone)
{
    static const char *const stages[] = {"off", "boot", "dead"};
    for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++)
        if (strcmp(mtksim_stage(phone), stages[i]) == 0)
            return true;
    return false;
}

int port_wait_for(struct mtksim *phone, port_appear_fn appear, struct mtksim_usb_id *id)
{
    mtksim_plug(phone);
    return appear(phone, ENUMERATION, id) == 0 ? 0 : -1;
}

int port_plug_in(struct mtksim *phone, port_appear_fn appear, struct mtksim_usb_id *id)
{
    int rc = -1;
    /* The second try is for a phone that was about to boot when it was left, and did. */
    for (int i = 0; i < 2 && rc != 0; i++) {
        if (port_out_of_reach(phone))
            mtksim_power_cycle(phone);
        rc = port_wait_for(phone, appear, id);
        if (!port_out_of_reach(phone))
            break;
    }
    return rc == 0 ? 0 : -1;
}
