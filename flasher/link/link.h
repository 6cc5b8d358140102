/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A link is a byte pipe with a phone at its end: USB, a tty, a socket, a phone in this process. Everything above sees
 * only this interface. Nothing here knows the protocol.
 */
#ifndef FLASHER_LINK_LINK_H
#define FLASHER_LINK_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/event.h"

/* What a read or write came to when it is not a number of bytes. */
enum mtk_link_result {
    MTK_LINK_TIMEOUT = -1, /* nothing (more) happened before the deadline; the pipe is still there */
    MTK_LINK_GONE = -2,    /* the phone left the bus; only close and open can follow */
    MTK_LINK_IO = -3,      /* the host's side failed: errno is set */
};

/* What is at the other end, as far as the link can tell. */
struct mtk_link_identity {
    uint16_t vid, pid;   /* 0 if the link cannot know (sockets, ttys without sysfs) */
    unsigned generation; /* counts enumerations as seen by this link */
};

struct mtk_link;

struct mtk_link_ops {
    const char *name; /* "unix", "tcp", "tty", "usb", "usbip", "sim", "tap" */
    /*
     * Waits up to timeout_ns for a phone to be there and opens the pipe. Called once at first and again after the
     * phone has left the bus; does nothing if the pipe is open. 0, or -1 and *err (MTK_NO_PHONE, MTK_PORT_UNREADABLE).
     */
    int (*open)(struct mtk_link *l, int64_t timeout_ns, struct mtk_error *err);
    /*
     * Reads 1..len bytes, as soon as there are any. Never 0. A link that has transfers never glues two of them.
     * A negative enum mtk_link_result otherwise. After GONE every call gives GONE until open succeeds.
     */
    ssize_t (*read)(struct mtk_link *l, void *buf, size_t len, int64_t timeout_ns);
    /*
     * Sends len bytes as one transfer; returns len, or a negative result with l->taken telling how much was taken.
     * len 0 sends a zero-length packet where the link has such a thing, and is a no-op elsewhere.
     */
    ssize_t (*write)(struct mtk_link *l, const void *buf, size_t len, int64_t timeout_ns);
    /*
     * One control request; links that have none return 0 and do nothing (a tty has sent its line coding at open).
     * Returns bytes moved or a negative result. Refusal by the phone is MTK_LINK_IO and never fatal to the pipe.
     * May be NULL: no control requests.
     */
    int (*control)(struct mtk_link *l, uint8_t request_type, uint8_t request, uint16_t value, uint16_t index,
                   void *buf, uint16_t length);
    /* Who is there. May be NULL: unknown. */
    void (*identity)(struct mtk_link *l, struct mtk_link_identity *id);
    /*
     * Why open has found nobody yet and what the user could do, as a clause of a few words; "" if there is nothing to
     * say. May be NULL: the link cannot know.
     */
    void (*hint)(struct mtk_link *l, char *text, size_t len);
    /* Gives the phone back. Safe to call twice. */
    void (*close)(struct mtk_link *l);
    /* Frees everything, after close. */
    void (*destroy)(struct mtk_link *l);
};

struct mtk_link {
    const struct mtk_link_ops *ops;
    struct mtk_clock clock; /* the time by which this link's timeouts pass */
    size_t taken;           /* bytes taken by the last write */
    bool has_peeked;        /* mtk_link_peek has read one byte that the next read gives again */
    uint8_t peeked;
};

/*
 * Makes a link from a PORT string: usb[:BUS-PORT|:VID:PID], usbip:HOST[:PORT][/BUSID], unix:PATH, tcp:HOST:PORT,
 * tty:PATH, sim:chip=...[,key=value...]. It is not opened.
 * NULL and *err (MTK_USAGE) if the string makes no sense, MTK_UNSUPPORTED if it names a kind of port that this version
 * has not. Free with mtk_link_free.
 *
 * Keys of sim: are chip, boot, storage, state, rom, security, seed and fault as in `mtksim run`; every other one is a
 * profile setting. A comma that no further key=value follows belongs to the value (security=sbc,sla,daa); "\," is a
 * comma of the value everywhere.
 */
struct mtk_link *mtk_link_new(const char *port, struct mtk_error *err);
void mtk_link_free(struct mtk_link *l);

struct mtksim;
/* A link to a phone of the caller's (who keeps it and frees it after the link). NULL: out of memory. */
struct mtk_link *mtk_link_sim(struct mtksim *phone);
/*
 * Wraps inner so that every transfer is recorded into a pcapng file, with times by inner's clock and a new device
 * number after each enumeration. The tap owns inner from then on. NULL and *err (MTK_HOST_IO) if the file cannot be
 * made; inner stays the caller's then. A recording that fails later never stops the session.
 */
struct mtk_link *mtk_link_tap(struct mtk_link *inner, const char *pcapng_path, struct mtk_error *err);
/*
 * Completes the recording: 0, or -1 and *err (MTK_HOST_IO) if anything of it was lost. Call it before mtk_link_free,
 * which completes it too but can tell nobody. 0 for a link that is no tap, and when called again.
 */
int mtk_link_tap_finish(struct mtk_link *l, struct mtk_error *err);

/*
 * Reads exactly len bytes or fails: NO_ANSWER if nothing at all came, WRONG_ANSWER naming how many came if it stopped
 * short, LEFT_BUS if the phone vanished. timeout_ns is for the whole. Bytes read so far are in buf.
 */
int mtk_link_read_full(struct mtk_link *l, void *buf, size_t len, int64_t timeout_ns, struct mtk_error *err);
/* The same; `what` names in the error's sentence what was due ("the echo of the address"). */
int mtk_link_read_named(struct mtk_link *l, void *buf, size_t len, int64_t timeout_ns, const char *what,
                        struct mtk_error *err);
/*
 * Waits for the next byte and looks at it: the next mtk_link_read_... or mtk_link_drain gets it again, and one of them
 * must come before anything else reads. Fails as mtk_link_read_full does.
 */
int mtk_link_peek(struct mtk_link *l, uint8_t *byte, int64_t timeout_ns, struct mtk_error *err);
/* Sends exactly len bytes as one transfer or fails likewise; err->acked tells how much was taken. */
int mtk_link_write_full(struct mtk_link *l, const void *buf, size_t len, int64_t timeout_ns,
                        struct mtk_error *err);
/*
 * Reads and drops whatever comes until it has been quiet for quiet_ns; returns how many bytes were dropped. Ends
 * after 64 times quiet_ns (or 16 MiB) even if it never is.
 */
size_t mtk_link_drain(struct mtk_link *l, int64_t quiet_ns);

#endif
