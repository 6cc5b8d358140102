/* SPDX-License-Identifier: Apache-2.0 */
/* Recording what a phone exchanges with its host, in the phone's own time. */
#ifndef SIMDEV_PORT_RECORD_H
#define SIMDEV_PORT_RECORD_H

#include "include/mtksim.h"

struct port_record;

/*
 * Creates a pcapng file (traces/pcapng.h) for the phone and becomes its tap. comment goes into the file's
 * header (NULL: none). The file depends on nothing but the transfers and their times by the phone's clock: a
 * phone driven the same way in virtual time gives the same file. NULL with errno set on failure.
 */
struct port_record *port_record_start(struct mtksim *phone, const char *path, const char *comment);
/* Takes the tap off the phone (which must still exist) and closes the file. 0, or -1 with errno if anything
 * was lost. */
int port_record_stop(struct port_record *record);
/* The tap itself, for who has a tap of its own to call it from. ctx is the struct port_record. */
void port_record_tap(void *ctx, const struct mtksim_transfer *t);

#endif
