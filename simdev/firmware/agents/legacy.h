/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The legacy ("DA V4") agent, device side: DA1 brings DRAM up and takes DA2, DA2 reports the hardware and serves
 * commands of one byte. A pure byte stream: single bytes and big-endian integers, each sent as a transfer of its own
 * as the agent's I/O table does (1, 2, 4, 8 or N bytes), so that no host depends on where transfers end.
 * Specification: da-legacy.md; section numbers in brackets.
 */
#ifndef SIMDEV_FIRMWARE_AGENTS_LEGACY_H
#define SIMDEV_FIRMWARE_AGENTS_LEGACY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/legacy.h"
#include "simdev/firmware/agents/agents.h"
#include "simdev/firmware/agents/storage.h"
#include "simdev/firmware/phone.h"

#define LG_READ_MAX    (16u << 20) /* longest packet that the agent's buffer takes */
#define LG_INFO_IMAGES 40          /* images that the download record holds [5.9] */
#define LG_CELLS       16          /* registers without a model that keep what was written to them */

/* What differs between builds of one agent; from the settings, see lg_build_of. */
struct lg_build {
    bool n2;               /* numbering of status words [6.1] */
    bool cid_swap;         /* words of the CID in the first id block [2.2] */
    bool blank_status;     /* download status of the report is BLANK_FLASH [4] */
    uint8_t bbchip;        /* 0: this agent does not know the chip it runs on [2.3] */
    uint8_t pmt_lead;      /* first byte of READ_PMT on a phone with GPT [5.8] */
    unsigned n_ids;        /* NAND ids in the blocks of DA1 */
    unsigned n_report_ids; /* the same in the report */
    unsigned emi_version;
};

/* One image of the download record [5.9]. */
struct lg_image {
    uint32_t index;
    uint16_t host_sum, flash_sum;
    bool passed;
};

/* State of a session: allocated by DA1, handed to DA2 on the phone's baton, gone with the next reset. */
struct lg {
    struct mtksim *p;
    const struct agent_start *start;
    struct lg_build build;
    const char *command; /* what is being carried out, for faults and the log */
    uint32_t error;      /* last refusal of the running command, as told to the host */
    bool high_speed;
    uint8_t part;      /* of eMMC, chosen with SWITCH_PART [5.3] */
    bool image_passed; /* IMG_INFO_CHECK approved the next image [5.15] */
    uint8_t *packet;   /* grown on demand, reused */
    size_t packet_cap;
    struct ag_sink *sink;
    struct lg_cell {
        uint32_t address, value;
    } cells[LG_CELLS];
    size_t n_cells; /* written so far; the oldest is overwritten */
    struct lg_image images[LG_INFO_IMAGES];
    size_t n_images;
    const char *info_status; /* download_status of the record */
};

/* ---- the wire (legacy_wire.c) ---- */

/* What the settings and the chip make of this agent. */
struct lg_build lg_build_of(struct mtksim *p, const struct agent_start *start);
/* hw_code of the chip on the board: which chip's dialogue this agent has. */
uint32_t lg_chip(const struct lg *x);

/* Receive; each waits for ever, as the agent does. */
uint8_t lg_u8(struct lg *x);
uint16_t lg_u16(struct lg *x);
uint32_t lg_u32(struct lg *x);
uint64_t lg_u64(struct lg *x);
void lg_bytes(struct lg *x, void *buf, size_t len);
void lg_skip(struct lg *x, uint64_t len);
/* Send, without asking the fault hook. */
void lg_put_u8(struct lg *x, uint8_t v);
void lg_put_u16(struct lg *x, uint16_t v);
void lg_put_u32(struct lg *x, uint32_t v);
void lg_put_u64(struct lg *x, uint64_t v);
void lg_put_bytes(struct lg *x, const void *data, size_t len);

/* Number on the wire of a meaning (enum legacy_status) in this build's numbering [6.1]. */
uint32_t lg_number(const struct lg *x, uint32_t status);
/* What a result of the storage engine is called, by what was being done. An enum legacy_status. */
enum lg_use { LG_USE_READ, LG_USE_WRITE, LG_USE_ERASE };
uint32_t lg_status_of(const struct lg *x, enum ag_result r, enum lg_use use);

/*
 * Statuses go through the fault hook under the running command's name. A fault's value up to 0xFF is sent as one byte,
 * a larger one as A5 and that word. They return what the host was told: a handler that wanted to say ACK and said
 * something else must end, so that both sides agree on where they are.
 */
uint32_t lg_byte(struct lg *x, uint8_t v);
/* True if the host was told ACK. */
bool lg_ack(struct lg *x);
/* A5 and the number of a meaning; nothing is to be sent for it. */
void lg_refuse(struct lg *x, uint32_t status);
/* ACK for 0, else lg_refuse. True if all is well on both sides. */
bool lg_settle(struct lg *x, uint32_t status);
/* A status that is a u32 of its own, under another name than the command's (NULL: the command's). */
uint32_t lg_word(struct lg *x, const char *name, uint32_t status);
/* The 16-bit sum behind data, likewise. */
void lg_sum(struct lg *x, const char *name, uint16_t sum);
/* One byte under another name than the command's. Returns what the host was told. */
uint32_t lg_named_byte(struct lg *x, const char *name, uint8_t v);

/* Makes x->packet hold at least need bytes; the content is lost when it has to grow. */
void lg_reserve(struct lg *x, size_t need);
/* MT6592's hosts insert time and MAC address into some commands [5.0]: takes them. */
void lg_phone_info(struct lg *x);

/* ---- stage 1 ---- */

void lg_calibration_words(struct lg *x); /* five u32, MT6592 only [2.6] */
void lg_enable_dram(struct lg *x);       /* 2.6.1; returns when DRAM is up */

/* ---- stage 2 ---- */

void firmware_legacy_da2(struct mtksim *p);
void lg_report(struct lg *x); /* 4 */

/* A part of eMMC by its number; NAND phones have one area. AG_OK, AG_NO_AREA, AG_NO_STORAGE. */
enum ag_result lg_area(struct lg *x, uint8_t part, enum board_area *out);
/* True if the number (enum legacy_storage) is what this phone has. */
bool lg_is_storage(const struct lg *x, uint8_t storage);
bool lg_is_nand(const struct lg *x);
/* Sum of [0, len) of a place as the flash holds it now. */
enum ag_result lg_flash_sum(struct lg *x, const struct ag_place *place, uint64_t len, uint16_t *sum);
/* Begins to receive an image for a place, in the session's sink. */
void lg_sink_begin(struct lg *x, const struct ag_place *place, enum ag_form form, uint64_t total,
                   bool read_back);

/*
 * Receives total bytes in packets of at most packet_len into x->sink [5.5]. lead: each packet begins with a byte 5A;
 * without it (WRITE of NAND [5.12]) a refused packet has its own dialogue. *sum (may be NULL) gets the sum of all bytes.
 * False: the host gave up or was told an error, the command is over.
 */
bool lg_receive(struct lg *x, uint64_t total, uint32_t packet_len, bool lead, uint16_t *sum);
/* Adds to the download record. */
void lg_note_image(struct lg *x, const struct lg_image *image);

typedef void lg_command_fn(struct lg *x);
/* legacy_ctrl.c */
lg_command_fn lg_usb_check_status, lg_usb_setup_port, lg_usb_setup_port_ex, lg_switch_part, lg_reset_dis,
    lg_speed, lg_finish, lg_enable_watchdog;
/* legacy_regs.c */
lg_command_fn lg_read_reg32, lg_write_reg32, lg_read_reg16, lg_write_reg16, lg_pwr_read16, lg_pwr_write16,
    lg_pwr_read8, lg_pwr_write8;
/* legacy_read.c */
lg_command_fn lg_read, lg_nand_readpage;
/* legacy_write.c */
lg_command_fn lg_write_data, lg_write_image, lg_nand_write, lg_nand_write_data, lg_nand_image_list;
/* legacy_format.c */
lg_command_fn lg_format;
/* legacy_verify.c */
lg_command_fn lg_verify_image, lg_read_download_info, lg_write_download_info;
/* legacy_table.c */
lg_command_fn lg_read_table, lg_write_table, lg_write_gpt, lg_read_bmt, lg_bmt_remark;
/* legacy_bloader.c */
lg_command_fn lg_download_bloader;
/* legacy_security.c */
lg_command_fn lg_sec_info, lg_usb_recheck, lg_image_info_check, lg_bl_sec_ver;
/* legacy_info.c */
lg_command_fn lg_battery, lg_imei_pid_swv, lg_project_id, lg_otp_check, lg_otp_size, lg_otp_read,
    lg_otp_program, lg_otp_lock, lg_otp_lock_status;

#endif
