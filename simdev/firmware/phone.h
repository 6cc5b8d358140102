/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine on which firmware runs. A firmware program is one function, written as straight-line code over the calls
 * below, in the order in which the specification reads. It runs as a coroutine: calls that have to wait give control
 * back to whoever drives the phone. No wall clock, no thread, no unseeded randomness.
 *
 * Calls marked "does not return" end the program: its stack is dropped, and memory from phone_alloc is freed at the
 * next reset. So a program holds no resource that it must give back.
 */
#ifndef SIMDEV_FIRMWARE_PHONE_H
#define SIMDEV_FIRMWARE_PHONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/clock.h"
#include "base/prng.h"
#include "include/mtksim.h"
#include "simdev/board/board.h"
#include "simdev/fault/fault.h"

/* What a profile setting can change; filled from "key=value" (docs/settings.md). Defaults are the specification's. */
struct phone_settings {
    enum { BAD_FRAME_DEAF, BAD_FRAME_DESYNC } bad_frame; /* da-xflash.md 2.2 */
    enum { AFTER_ERROR_LOOP, AFTER_ERROR_DEAD, AFTER_ERROR_WDT, AFTER_ERROR_DROP } after_error; /* 11 */
    bool upload_missing_status; /* 8.4: false = silence */
    bool strict_transfers;      /* 2.1 */
    /* a media error in the middle of a read: where the next packet is due, once or twice, or behind the ack (8.1) */
    enum { READ_ERROR_PACKET, READ_ERROR_TWICE, READ_ERROR_ACK } read_error;
    unsigned write_lag; /* 15: packets by which a write error lags; 0 = final status */
    bool da_sla;        /* 7.6 */
    bool da_messages;   /* message frames interleaved even without USB logging */
    unsigned da_year;   /* 0: profile */
    bool anti_rollback; /* DA1 refuses to start: 0xC0020053 */
    bool
        foreign_agent; /* an uploaded image that is none of make-rom's runs as the chip's own agent generation
                                   instead of crashing; for sessions with a vendor's DA file */
    bool
        accept_any_credential; /* auth file, SLA response and DA signature are not checked, for byte-exact examples */
    unsigned sla_status_len;                         /* 2 or 4: width of S3 of E3 */
    unsigned battery_mv;                             /* 0: profile */
    char chip_id[12];                                /* report another hw_code, e.g. "0x717" */
    bool hide_storage;                               /* storage does not answer */
    enum { TABLE_AUTO, TABLE_GPT, TABLE_PMT } table; /* partition table of an eMMC phone; AUTO: the chip's */
    enum { CATEGORY_TRUE, CATEGORY_GPT } table_category; /* what XFlash says of a PMT (da-xflash.md 7.3) */
    enum {
        UNALIGNED_REFUSE,
        UNALIGNED_ACCEPT
    } unaligned;             /* ranges not in whole blocks, UFS and NAND (8.2) */
    int brom_write_ok;       /* BROM's success word for writes; -1: profile (brom-preloader.md 4.5) */
    unsigned brom_window_ms; /* how long BROM waits for a host while the download key is held; 0: for ever */
    /* preloader verifies DAs; AUTO: if DAA is fused; REFUSE: it takes none at all (6.5) */
    enum { USBDL_AUTO, USBDL_OFF, USBDL_ON, USBDL_REFUSE } usbdl;
    /* what a preloader says to a bad DA: its platform's word, or 0x1D18 as newer ones, with or without a reset (5.1) */
    enum { PL_REFUSAL_CHIP, PL_REFUSAL_1D18, PL_REFUSAL_1D18_STAYS } pl_refusal;
    /* who looks at the version of an agent: itself, or BROM with 0x1D21 or 0x5A5B (5.2) */
    enum { BROM_ROLLBACK_AGENT, BROM_ROLLBACK_VERSION, BROM_ROLLBACK_BLACK_LIST } brom_rollback;
    unsigned brom_bad_signature; /* S2 of a DA with a bad signature; 0: 0x7015 or 0x7024 (6.5) */
    unsigned brom_bad_range;     /* what BROM says to a memory range that it does not allow (4.5) */
    enum { BROM_ERROR_LOOP, BROM_ERROR_RESET } brom_after_error; /* does BROM stay after a refusal (10.4) */
    /* after SLA in the middle of a SEND_DA: payload or a new SEND_DA, or a new SEND_DA alone (6.2) */
    enum { SLA_THEN_EITHER, SLA_THEN_AGAIN } sla_then_da;
    unsigned brom_usb_id, preloader_usb_id,
        da_usb_id; /* VID in the high half, PID in the low; 0: MediaTek's (1.1) */
    enum { BROM_SPEED_AUTO, BROM_SPEED_FULL, BROM_SPEED_HIGH } brom_usb_speed; /* (1.3) */
    /* what erasing the RPMB area is answered with; nothing is erased in either case (formats.md 8.3) */
    enum { RPMB_FORMAT_REFUSE, RPMB_FORMAT_ACCEPT } rpmb_format;
    bool tool_locked;      /* preloader skips the tool handshake: "tool connection is locked" (8.1) */
    bool either_sla_order; /* BROM takes the SLA response length little-endian too (6.3) */
    /* Legacy agents, da-legacy.md; AUTO: what legacy_build says. */
    enum { LEGACY_BUILD_2016, LEGACY_BUILD_2015 } legacy_build;
    enum { NUMBERING_AUTO, NUMBERING_N1, NUMBERING_N2 } status_numbering; /* 6.1 */
    enum setting_auto { SETTING_AUTO, SETTING_OFF, SETTING_ON } cid_swap; /* 2.2 */
    enum setting_auto blank_status;                                       /* 4 */
    enum { PMT_ACK_AUTO, PMT_ACK_5A, PMT_ACK_01 } pmt_ack;                /* 5.8 */
    enum { BAD_SUM_PACKET, BAD_SUM_HALT, BAD_SUM_LOOP } legacy_bad_sum;   /* 5.5 */
    enum { UNKNOWN_SILENT, UNKNOWN_BB } legacy_unknown;                   /* 0 */
    enum { LEGACY_USB, LEGACY_UART } legacy_link;                         /* 2.6.1, 5.1, 5.14 */
    enum { READPAGE_64, READPAGE_32 } nand_readpage;                      /* 5.12 */
    bool legacy_sparse;       /* WRITE_IMAGE expands Android sparse images (5.6) */
    bool emi_prefix;          /* 16 bytes before the record size of ENABLE_DRAM (2.6.1) */
    bool bl_key_check;        /* DOWNLOAD_BLOADER asks for the key's digest (5.13) */
    bool readback_forbidden;  /* READ is refused with 6011 (5.15) */
    unsigned nand_ids;        /* ids in the blocks of DA1; 0: 5 (2.2) */
    unsigned nand_report_ids; /* ids in the report of DA2; 0: 7, or 5 in the build of 2015 (4) */
    unsigned emi_version;     /* that DA1 understands; 0: the chip's (2.6.1) */
    unsigned pmt_stride;      /* bytes of an entry on a phone with PMT; 0: 0x60 (5.8) */
    unsigned dl_info;         /* version of the download record (5.9) */
    /* XML agents, da-xml.md. */
    enum { XML_AFTER_ERR_START, XML_AFTER_ERR_DEAD } xml_after_err; /* 3 */
    enum { XML_INIT_REFUSE, XML_INIT_RUN } xml_init_fail;           /* 3 */
    enum { XML_END_GOOD, XML_END_NO_MESSAGE_END } xml_end;          /* 3.1 */
    enum {
        XML_READ_ERROR_ECHO,
        XML_READ_ERROR_END
    } xml_read_error;                                          /* 5.2: does it take an answer to its ERR */
    enum { XML_UFS_ID, XML_UFS_ALL, XML_UFS_CID } xml_ufs_ids; /* 4.1, 10 */
    bool xml_tolerant;    /* bare OK tokens where a command is due are dropped (5.2) */
    bool xml_bootto_lock; /* BOOT-TO takes the base of DRAM only (6.2) */
    bool xml_usb_speed;   /* the vendor's commands for a higher USB speed exist (4) */
    bool xml_wrong_board; /* stage 2 finds that it is for another board (3.1) */
};

/* A program. The phone is the object of the public header. */
typedef void (*firmware_fn)(struct mtksim *p);

enum phone_result { PHONE_OK = 0, PHONE_TIMEOUT = -1 };

/* ---- state that firmware may look at and change ---- */
struct board *phone_board(struct mtksim *p);
const struct phone_settings *phone_settings(const struct mtksim *p);
struct prng *phone_prng(struct mtksim *p);
/* A slot that lives until the next reset, for what one program leaves to the next (agent arguments, environment). */
void **phone_baton(struct mtksim *p);
/* Another such slot: what the storage engine keeps in memory (agents/storage.h). */
void **phone_storage_slot(struct mtksim *p);
/* Another such slot: the DA SLA key inside the agent that runs, NULL if it has none (agents/sla.h). */
const uint8_t **phone_agent_key(struct mtksim *p);

/* ---- USB pipe ---- */
/* Reads exactly len bytes of bulk OUT, whatever the transfers are. PHONE_TIMEOUT: fewer came in time; they are lost.
 * timeout_ns < 0 waits for ever. With strict_transfers the rest of a transfer longer than the read is dropped. */
int phone_read(struct mtksim *p, void *buf, size_t len, int64_t timeout_ns);
/* Reads 1..max bytes: what is there, at least one. Number of bytes, or PHONE_TIMEOUT. */
ssize_t phone_read_some(struct mtksim *p, void *buf, size_t max, int64_t timeout_ns);
/* Sends len bytes as one bulk IN transfer, lending buf until it returns. Waits until the host has collected it, at
 * most the time set by phone_tx_patience; then firmware goes on, and what was not collected stays in the controller's
 * FIFO, where later leftovers are glued to it and what does not fit is lost (brom-preloader.md 1.5, 8.2). */
void phone_write(struct mtksim *p, const void *buf, size_t len);
/* How long phone_write waits for the host; < 0 for ever (agents), 300 ms for the preloader. A program starts with < 0. */
void phone_tx_patience(struct mtksim *p, int64_t ns);
/* Enumerates as vid:pid (leaves the bus first if it is on it). Host sees it after a short virtual time. */
void phone_usb_connect(struct mtksim *p, uint16_t vid, uint16_t pid);
/* The same under the identity that this phone has in that stage (1.1). */
enum phone_identity { PHONE_AS_BROM, PHONE_AS_PRELOADER, PHONE_AS_AGENT };
void phone_usb_connect_as(struct mtksim *p, enum phone_identity who);
/* Leaves the bus; queued bytes are gone. */
void phone_usb_disconnect(struct mtksim *p);
/* Cable plugged in? Enumerated and configured by a host (mtksim_attach succeeded since)? Line coding set (a tool is
 * present)? */
bool phone_cable(const struct mtksim *p);
bool phone_configured(const struct mtksim *p);
bool phone_tool_present(const struct mtksim *p);
/* Data terminal ready: a program on the host has the port open (bit 0 of SET_CONTROL_LINE_STATE). */
bool phone_dtr(const struct mtksim *p);
/* The key that makes BROM wait for a host was held when power came. */
bool phone_download_key(const struct mtksim *p);
/* Has BROM offered USB download since power came? The USB PHY is on then (brom-preloader.md 2.1). */
bool phone_usb_tried(const struct mtksim *p);

/* ---- time ---- */
int64_t phone_now(const struct mtksim *p);
void phone_wait(struct mtksim *p, int64_t ns);

/* ---- ends of a program; none of these returns ---- */
/* Runs another program in place of this one. */
void phone_exec(struct mtksim *p, firmware_fn fn, const char *stage) __attribute__((noreturn));
/* Chip reset (software or watchdog): DRAM and agents are gone; BROM starts and reads the USBDL flag. */
void phone_reset(struct mtksim *p) __attribute__((noreturn));
/* A reset that an agent does when all went well: without a USBDL flag, so that the phone boots what is on its flash. */
void phone_reboot(struct mtksim *p) __attribute__((noreturn));
/* Nothing happens any more: USB stays enumerated, OUT bytes are taken until the FIFO is full, nothing comes back. The
 * watchdog bites one period later if it is on. A program that waits for USB or time counts as kicking it. */
void phone_hang(struct mtksim *p, const char *why) __attribute__((noreturn));
/* Leaves USB and boots the system (or stays off): stage becomes boot / off. */
void phone_boot_system(struct mtksim *p) __attribute__((noreturn));
void phone_power_off(struct mtksim *p) __attribute__((noreturn));

/* ---- memory, log, faults ---- */
/* Zeroed memory that lives until the next reset. Never NULL: out of memory ends the program in phone_hang. */
void *phone_alloc(struct mtksim *p, size_t n);
/* The same without zeroing, for large buffers that are filled before they are read. */
void *phone_buffer(struct mtksim *p, size_t n);
/* Gives memory of phone_alloc or phone_buffer back before the reset. NULL is allowed. */
void phone_release(struct mtksim *p, void *memory);
/* One line of UART log, printf style, without line end. */
void phone_log(struct mtksim *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Asks the fault hook at a command or status of the running stage and carries out what can be carried out in general
 * (silence, nak-out, drop, delay); the rest is returned for the caller to do. */
struct fault_action phone_fault(struct mtksim *p, enum fault_point point, const char *name, uint32_t value);
/* Flash access by firmware: through the fault hook, counted. 0, or -1 for a media error or a range outside. */
int phone_flash_read(struct mtksim *p, enum board_area a, uint64_t offset, void *buf, size_t len);
int phone_flash_write(struct mtksim *p, enum board_area a, uint64_t offset, const void *buf, size_t len);
int phone_flash_erase(struct mtksim *p, enum board_area a, uint64_t offset, uint64_t len);

/* ---- settings ---- */
/* Defaults; then one "key=value" each. 0, or -1 and a sentence that names the key in err. */
void phone_settings_default(struct phone_settings *s);
int phone_settings_parse(struct phone_settings *s, const char *text, char *err, size_t err_len);
/* Key of the i-th setting, NULL past the last one. */
const char *phone_settings_key(size_t i);

/* ---- programs ---- */
void firmware_bootrom(struct mtksim *p);
void firmware_preloader(struct mtksim *p);
/*
 * Called by BROM and preloader at JUMP_DA: decides from the uploaded bytes which program runs, and runs it. image is
 * phone_alloc'd, len includes the signature, address is where it was loaded, from_preloader says who starts it (DRAM is
 * up then, and the 12 bytes before image are the argument block of brom-preloader.md 8.4).
 */
void firmware_start_agent(struct mtksim *p, const uint8_t *image, size_t len, uint32_t address,
                          uint32_t sig_len, bool from_preloader) __attribute__((noreturn));

/*
 * Boot check: follows the chain from what is on the flash. True if it boots; one line in text either way. Works on the
 * board alone, runs no firmware.
 */
bool bootcheck(struct board *b, char *text, size_t text_len);

#endif
