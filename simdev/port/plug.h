/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of port/: the rules by which a host that connects finds a phone (port.h). */
#ifndef SIMDEV_PORT_PLUG_H
#define SIMDEV_PORT_PLUG_H

#include <stdbool.h>

#include "include/mtksim.h"

/* mtksim_attach, or mtksim_address for hosts that enumerate themselves. */
typedef int (*port_appear_fn)(struct mtksim *phone, int64_t timeout_ns, struct mtksim_usb_id *id);

/* A phone that a cable alone does not bring back into a download mode: off, booted or dead. */
bool port_out_of_reach(const struct mtksim *phone);
/*
 * Plugs the cable in and waits, in virtual time, until the phone is on the bus. One that is out of reach is switched off
 * and on first. 0 and *id, or -1: it does not show up.
 */
int port_plug_in(struct mtksim *phone, port_appear_fn appear, struct mtksim_usb_id *id);
/* The same for a phone that is left as it is: not switched off and on. */
int port_wait_for(struct mtksim *phone, port_appear_fn appear, struct mtksim_usb_id *id);

#endif
