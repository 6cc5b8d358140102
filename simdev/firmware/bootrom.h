/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What BROM and preloader share: the state of a download session and the device's side of the dialogue. Both are
 * device code; the host's side knows nothing of this. Section numbers are those of brom-preloader.md.
 */
#ifndef SIMDEV_FIRMWARE_BOOTROM_H
#define SIMDEV_FIRMWARE_BOOTROM_H

#include "simdev/firmware/phone.h"
#include "simdev/firmware/security.h"

#define DL_BLOCKS 8  /* DAs that BROM keeps before a jump [?] */
#define DL_CELLS  64 /* registers that remember what was written to them */

/* An uploaded DA. The bytes are preceded by PL_DA_ARG_LEN bytes for the argument block of 8.4. */
#define PL_DA_ARG_LEN 12
struct dl_block {
    uint32_t address, length, sig_len;
    uint8_t *data;
};

struct dl_cell {
    uint32_t address, value;
};

struct download {
    struct mtksim *p;
    struct board *b;
    bool brom;
    const char *command; /* being carried out, for the fault hook */
    struct dl_block block[DL_BLOCKS];
    size_t n_blocks;
    struct dl_cell cell[DL_CELLS];
    size_t n_cells; /* written so far; the oldest one is overwritten */
    uint32_t rgu_mode, rgu_scratch[2];
    /* BROM's security state (6.2) */
    bool cert_ok, auth_ok, sla_ok;
    struct mtk_public_key da_key, sla_key; /* of the accepted auth file */
    bool waits_for_sla; /* a SEND_DA was refused for want of SLA: `refused` may still be sent (6.2) */
    struct dl_block refused;
    bool has_op; /* an opcode was read ahead */
    uint8_t op;
    bool refused_something; /* the running command had a status that means failure */
    unsigned images;        /* preloader as DA: bit set of what was received with a good checksum (4.20) */
    unsigned unknown;       /* opcodes that were only echoed */
};

/* A command: what is done after its opcode was echoed. */
struct dl_command {
    uint8_t op;
    const char *name;
    void (*run)(struct download *d);
};

struct download *download_new(struct mtksim *p, bool brom);

/* ---- bootrom_wire.c: fields, big-endian ---- */
void dl_put(struct download *d, const void *data, size_t len);
void dl_put8(struct download *d, uint8_t v);
void dl_put16(struct download *d, uint16_t v);
void dl_put32(struct download *d, uint32_t v);
/* Reads a field and echoes it (4.1 rule 2). */
uint8_t dl_echo8(struct download *d);
uint16_t dl_echo16(struct download *d);
uint32_t dl_echo32(struct download *d);
uint32_t dl_get32(struct download *d);
/* Sends a status word through the fault hook. Returns what was sent: success is below 0x0100. */
uint16_t dl_status(struct download *d, uint16_t status);
/* Takes a payload of len bytes, of which at most `room` are kept in buf, and returns its XOR-16 checksum (4.9). */
uint16_t dl_payload(struct download *d, uint8_t *buf, size_t room, uint32_t len);
/* The same over bytes at hand. */
uint16_t dl_xor16(const uint8_t *data, size_t len);
/* The next opcode, for as long as it takes. */
uint8_t dl_next_op(struct download *d);
/* Runs one opcode that was echoed already. False: the table does not have it. */
bool dl_run(struct download *d, const struct dl_command *table, size_t n, uint8_t op);

/* ---- brom_memory.c: what stands behind addresses ---- */
uint32_t dl_read_memory(struct download *d, uint32_t address, unsigned width);
/* Writes to some registers do not return: RGU SWRST resets the phone (4.5). */
void dl_write_memory(struct download *d, uint32_t address, unsigned width, uint32_t value);
/* Registers of the power chip: noise until they are written, then what was. */
uint16_t dl_read_pmic(struct download *d, uint16_t reg);
void dl_write_pmic(struct download *d, uint16_t reg, uint16_t value);
/* Is the range one that the preloader's whitelist (and BROM's permission table) allows? */
bool dl_whitelisted(const struct download *d, uint32_t address, uint32_t len, bool write);

/* ---- bootrom_access.c: READ16 .. WRITE32 and their legacy forms (4.5, 4.6) ---- */
void dl_read16(struct download *d);
void dl_read32(struct download *d);
void dl_write16(struct download *d);
void dl_write16_no_echo(struct download *d);
void dl_write32(struct download *d);
void dl_legacy_read16(struct download *d);
void dl_legacy_write16(struct download *d);

/* ---- bootrom_ids.c: identification and other small commands both have (4.3, 4.7, 4.8, 4.15) ---- */
void dl_get_hw_code(struct download *d);
void dl_get_hw_sw_ver(struct download *d);
void dl_get_target_config(struct download *d);
void dl_get_me_id(struct download *d);
void dl_get_soc_id(struct download *d);
void dl_pwr_init(struct download *d);
void dl_pwr_deinit(struct download *d);
void dl_pwr_read16(struct download *d);
void dl_pwr_write16(struct download *d);
void dl_uart1_log_en(struct download *d);

/* ---- bootrom_da.c: BROM's SEND_DA, JUMP_DA, JUMP_DA64, SEND_ENV_PREPARE ---- */
void brom_send_da(struct download *d);
void brom_jump_da(struct download *d);
void brom_jump_da64(struct download *d);
void brom_send_env_prepare(struct download *d);
/* Takes the payload of a SEND_DA whose parameters were accepted. The first n bytes are at hand already. */
void brom_take_da(struct download *d, struct dl_block block, const uint8_t *first, size_t n);
/* Memory for a payload of len bytes with room for arguments before it, and its end. */
uint8_t *dl_da_memory(struct download *d, uint32_t len);
void dl_da_forget(struct download *d, struct dl_block *block);

/* ---- bootrom_auth.c: SEND_CERT, SEND_AUTH, SLA ---- */
void brom_send_cert(struct download *d);
void brom_send_auth(struct download *d);
void brom_sla(struct download *d);
/* Has everything come that the fuses want before a DA, SLA apart? */
bool brom_credentials_complete(const struct download *d);

/* ---- bootrom_load.c ---- */
/*
 * The preloader in boot1, LU0 or behind the first NAND page, from its GFH on: phone_buffer memory and its length. NULL:
 * no header, no GFH, an impossible length, or the storage does not answer.
 */
uint8_t *brom_preloader_image(struct mtksim *p, size_t *len);
/* Would BROM start it? The reason goes to the log if not. */
bool brom_preloader_good(struct mtksim *p);

/* ---- bootrom.c ---- */
/* How long the USBDL flag asks BROM (or the boot loader behind it, bit 1) to wait for a tool, in ns: -1 = for ever,
 * 0 = it does not (2.1). */
int64_t usbdl_flag_window(uint32_t flag, bool by_bootloader);

/* ---- preloader ---- */
/* Emergency download: the USBDL flag for five seconds, then a reset into BROM (8.5). */
void preloader_emergency(struct mtksim *p, const char *why) __attribute__((noreturn));
/* The command loop; returns only where the handler of that platform does (4.1 rule 6). */
void preloader_loop(struct download *d);
void preloader_send_da(struct download *d);
void preloader_jump_da(struct download *d);
void preloader_send_partition(struct download *d);
void preloader_jump_partition(struct download *d);
/* An 8-byte token came in place of 0xA0. Sends what belongs to it; the listener ends then in every case (8.3). */
void preloader_token(struct mtksim *p, const uint8_t token[8]);

#endif
