/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libmtksim: a simulated MediaTek phone, in your process.
 *
 * A phone is one object. It runs on its own virtual clock: nothing sleeps, nothing runs between two calls, and two
 * phones with the same configuration and the same calls give the same bytes. Times are nanoseconds.
 *
 *     struct mtksim_config cfg = {.chip = "mt6765", .boot = MTKSIM_BOOT_BROM};
 *     struct mtksim *phone = mtksim_new(&cfg, NULL, 0);
 *     mtksim_plug(phone);
 *     mtksim_attach(phone, 1000000000, NULL);
 *     mtksim_write(phone, "\xA0", 1, -1);
 *     unsigned char b;
 *     mtksim_read(phone, &b, 1, 500000000);   // b == 0x5F
 *     mtksim_free(phone);
 */
#ifndef MTKSIM_H
#define MTKSIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mtksim;

enum mtksim_boot { MTKSIM_BOOT_BROM, MTKSIM_BOOT_PRELOADER };

/* How a phone is made. Zero means default everywhere; strings are copied. */
struct mtksim_config {
    const char *chip;      /* "mt6765" (default) or any name of the chip table that has a profile */
    enum mtksim_boot boot; /* which download mode it enters when plugged in: BROM (keys held) or preloader */
    const char *storage;   /* "emmc", "ufs", "nand"; NULL: what such phones have */
    uint64_t storage_size; /* size of the user area in bytes; default from the profile */
    const char *state_dir; /* folder that keeps the phone; NULL: in memory */
    const char
        *rom_dir;  /* ROM that fills a new phone as the factory would; NULL: blank phone with a GPT only if
                                the state has one */
    uint64_t seed; /* ids, noise and fault probabilities follow from it */
    const char *
        security; /* list of sbc, sla, daa, dasla, cert, ..., commas or blanks between; NULL or "": none (docs/settings.md) */
    const char *fault; /* fault specification, see docs/faults.md; NULL for none */
    const char *const
        *settings; /* NULL-terminated "key=value" profile settings, see docs/settings.md; may be NULL */
};

/*
 * Makes a phone, switched off and unplugged. Returns NULL and a sentence in err (up to err_len bytes, may be NULL)
 * when the configuration makes no sense or memory or a file is missing.
 */
struct mtksim *mtksim_new(const struct mtksim_config *cfg, char *err, size_t err_len);
/*
 * A fresh phone with the same configuration and the same flash content, switched off; flash is shared copy-on-write,
 * so this costs next to nothing. The copy lives in memory even if the original has a state folder. NULL: no memory.
 */
struct mtksim *mtksim_clone(const struct mtksim *phone);
/* Frees a phone (and writes its state folder, if it has one). NULL is allowed. */
void mtksim_free(struct mtksim *phone);
/* Writes the state folder now. 0, or -1 with errno set. Nothing to do for a phone in memory. */
int mtksim_sync(struct mtksim *phone);

/* ---- the cable, as a host sees it ---- */

/* USB identity of what is on the bus. */
struct mtksim_usb_id {
    uint16_t vid, pid;
    unsigned generation; /* counts enumerations; a new number means that the device left and came back */
};

enum mtksim_result {
    MTKSIM_TIMEOUT = -1, /* virtual time passed the deadline, nothing happened */
    MTKSIM_GONE = -2,    /* the device is not on the bus, or left it */
    MTKSIM_STALL = -3,   /* control request refused */
};

/* Plugs the cable in. A phone that is off starts as cfg.boot says. One that runs stays where it is. */
void mtksim_plug(struct mtksim *phone);
/* Pulls the cable. The phone stays where it is (a preloader in its command loop does not notice). */
void mtksim_unplug(struct mtksim *phone);
/* Takes the power away and gives it back: DRAM and agents are gone, flash stays. Starts as cfg.boot says. */
void mtksim_power_cycle(struct mtksim *phone);
/* Waits until a device is enumerated; fills *id (may be NULL). 0, MTKSIM_TIMEOUT. */
int mtksim_attach(struct mtksim *phone, int64_t timeout_ns, struct mtksim_usb_id *id);
/*
 * The first half of mtksim_attach, for hosts that enumerate themselves: waits until a device is there and gives it an
 * address. Endpoint 0 works then (mtksim_control); the others when SET_CONFIGURATION has been sent. 0, MTKSIM_TIMEOUT.
 */
int mtksim_address(struct mtksim *phone, int64_t timeout_ns, struct mtksim_usb_id *id);
/* What is on the bus now: 0, or MTKSIM_GONE. Does not run the phone. */
int mtksim_identity(const struct mtksim *phone, struct mtksim_usb_id *id);
/*
 * One bulk OUT transfer. Takes all len bytes (len 0 is a zero-length packet) and returns len; MTKSIM_TIMEOUT if the
 * phone did not take them in time (some may have been taken: *mtksim_taken tells), MTKSIM_GONE if it left.
 */
ssize_t mtksim_write(struct mtksim *phone, const void *buf, size_t len, int64_t timeout_ns);
/* How many bytes of the last mtksim_write the phone took. */
size_t mtksim_taken(const struct mtksim *phone);
/*
 * Reads what the phone sent: 1..len bytes of the oldest transfer (what does not fit stays for the next read; two
 * transfers are never glued). MTKSIM_TIMEOUT or MTKSIM_GONE. A timeout of 0 does not advance time.
 */
ssize_t mtksim_read(struct mtksim *phone, void *buf, size_t len, int64_t timeout_ns);
/*
 * One control request on endpoint 0. buf holds wLength bytes to send, or takes up to wLength bytes. Returns the
 * number of bytes moved, MTKSIM_STALL, or MTKSIM_GONE.
 */
int mtksim_control(struct mtksim *phone, uint8_t request_type, uint8_t request, uint16_t value,
                   uint16_t index, void *buf, uint16_t length);
/*
 * Looks at a descriptor of the device on the bus without a transfer: nothing is recorded, no time passes. value is the
 * wValue of GET_DESCRIPTOR (type << 8 | index). Copies up to max bytes and returns the descriptor's whole length; 0 if
 * there is no such descriptor, or nothing on the bus.
 */
size_t mtksim_descriptor(const struct mtksim *phone, uint16_t value, void *out, size_t max);
/* The phone's clock, ns since it was made. */
int64_t mtksim_now(const struct mtksim *phone);
/* Lets virtual time pass with nobody talking to the phone. */
void mtksim_sleep(struct mtksim *phone, int64_t ns);

/* ---- the same phone behind an event loop (real clock) ---- */

/*
 * Runs the phone up to time now_ns of its own clock (never backwards) and returns the time at which it wants to run
 * again if nothing arrives, INT64_MAX if only bytes can wake it.
 */
int64_t mtksim_run_until(struct mtksim *phone, int64_t now_ns);
/* Bytes that wait to be read (front transfer), 0 if none. */
size_t mtksim_pending(const struct mtksim *phone);
/* Room for bulk OUT data at this moment: offering more than this would have to wait. */
size_t mtksim_room(const struct mtksim *phone);

/*
 * One bulk OUT transfer as mtksim_write makes it, for a host that must not wait inside of it. Between begin and end the
 * phone knows that more of the same transfer is to come, however much time passes.
 *
 *     mtksim_out_begin(phone, len);
 *     while (taken < len && (n = mtksim_out(phone, buf + taken, len - taken)) >= 0)
 *         taken += n;                             // 0: not now; run the phone and come back
 *     mtksim_out_end(phone, buf, taken);          // or earlier, to take the transfer back
 */
void mtksim_out_begin(struct mtksim *phone, size_t len);
/* Offers all that is left of the transfer. How many bytes the phone took at this instant, or MTKSIM_GONE. */
ssize_t mtksim_out(struct mtksim *phone, const void *buf, size_t len);
/* buf holds the taken bytes, for the tap. */
void mtksim_out_end(struct mtksim *phone, const void *buf, size_t taken);

/* ---- looking inside ---- */

/* Flash areas: "boot1", "boot2", "rpmb", "user"; "lu0", "lu1", "lu2"; "nand", "oob". Size of an area, 0 if there is none of that name. */
uint64_t mtksim_flash_size(const struct mtksim *phone, const char *area);
/* Reads or changes flash behind the back of whatever runs. 0, or -1 if the range is outside or the file fails. */
int mtksim_flash_read(struct mtksim *phone, const char *area, uint64_t offset, void *buf, size_t len);
int mtksim_flash_write(struct mtksim *phone, const char *area, uint64_t offset, const void *buf, size_t len);
/* How many write and erase operations the firmware has done on the flash since the phone was made. */
uint64_t mtksim_flash_changes(const struct mtksim *phone);
/* Where the phone is, in one word: off, brom, preloader, da1, da2, boot, dead. */
const char *mtksim_stage(const struct mtksim *phone);

/*
 * Follows the chain that a real phone follows at power-on from what is on its flash. Returns true if it would boot;
 * text gets one line either way: what boots, or the first broken link.
 */
bool mtksim_boot_check(struct mtksim *phone, char *text, size_t text_len);

/* Lines of the UART log, without line end; time is the phone's clock. */
typedef void (*mtksim_log_fn)(void *ctx, int64_t time_ns, const char *line);
void mtksim_set_log(struct mtksim *phone, mtksim_log_fn fn, void *ctx);

/* One finished USB transfer, for recordings. */
struct mtksim_transfer {
    int64_t time_ns;
    uint8_t endpoint;  /* 0x00/0x80 control, 0x01 bulk OUT, 0x81 bulk IN */
    uint16_t vid, pid; /* identity at that moment */
    unsigned generation;
    const uint8_t *setup; /* 8 bytes for control, else NULL */
    const void *data;
    size_t len;
    int status; /* 0, or MTKSIM_STALL */
};
typedef void (*mtksim_tap_fn)(void *ctx, const struct mtksim_transfer *t);
void mtksim_set_tap(struct mtksim *phone, mtksim_tap_fn fn, void *ctx);

/* How often each fault of the specification fired: one line a fault in text; returns the number that never fired. */
unsigned mtksim_faults(const struct mtksim *phone, char *text, size_t text_len);

/* ---- the factory ---- */

struct mtksim_rom_options {
    const char *chip;    /* "mt6765" (default) or any name of `mtksim chips` that has a profile */
    const char *storage; /* "emmc", "ufs", "nand"; NULL: what such phones have */
    const char
        *scatter; /* "text" or "xml" (V2.2.0); NULL: xml if the chip's own agents are XML ones, else text */
    const char *agent;      /* "legacy", "xflash", "xml"; NULL: what the chip has by default */
    unsigned agent_version; /* of Download Agent and preloader, for anti-rollback; 0: 1 */
    bool agent_unsigned;    /* leave the Download Agent without signature */
    bool agent_foreign;     /* sign it with the key of another vendor, whose seed is foreign_seed */
    uint64_t foreign_seed;
    bool full; /* lay out as a real phone does; default is the small layout of about 24 MB */
    uint64_t seed;
};
/* Writes a complete synthetic ROM into dir (made if missing). 0, or -1 and a sentence in err. */
int mtksim_make_rom(const char *dir, const struct mtksim_rom_options *opt, char *err, size_t err_len);

#ifdef __cplusplus
}
#endif
#endif
