/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The XML ("DA V6") agent, device side: stage 1 (DA1, in SRAM) and stage 2 (DA2, in DRAM) serve the same life of a
 * command, with the commands of their stage. Frames are XFlash's, their payloads are text, and once a command runs it
 * is the phone that leads. Section numbers are of da-xml.md.
 */
#ifndef SIMDEV_FIRMWARE_AGENTS_XML_H
#define SIMDEV_FIRMWARE_AGENTS_XML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/xml.h"
#include "simdev/firmware/agents/agents.h"
#include "simdev/firmware/agents/storage.h"
#include "simdev/firmware/phone.h"

#define XM_MESSAGE_MAX 640u  /* text of CMD:END; fits what the phone echoes of a file name */
#define XM_NODES_MAX   1024u /* elements of a command text; more of them is a text that does not parse */
#define XM_DEPTH_MAX   8u
#define XM_IMAGES_MAX  64u /* what GET-DOWNLOADED-IMAGE-FEEDBACK remembers */
#define XM_NAME_MAX    64u /* partition names, without NUL */

/* How a command ended: `result` of CMD:END. */
enum xm_result { XM_OK, XM_ERR, XM_UNSUPPORTED };

/* What happens after the host has taken CMD:END [3, step 8]. */
enum xm_deferred {
    XM_NOTHING,
    XM_JUMP, /* to stage 2 */
    XM_RESET,
    XM_DISCONNECT,
    XM_SWITCH_SPEED
};

/* Tokens that the phone sends; the numbers are what a fault of kind "status" gives as value. */
enum xm_token {
    XM_SAY_OK,
    XM_SAY_ERR,
    XM_SAY_UNSUPPORTED,
    XM_SAY_CANCEL,
    XM_SAY_CONTINUE,
    XM_SAY_EOT,
    XM_SAY_OK_0, /* OK@0x0 */
};

/* A command text, parsed: elements in document order, the first is the root. */
struct xm_node {
    uint16_t parent;           /* index; the root is its own parent */
    uint32_t name, text, attr; /* offsets in the pool; attr is that of the attribute "name" */
};
struct xm_doc {
    struct xm_node *nodes; /* XM_NODES_MAX of them */
    size_t n;
    char *pool;
    size_t pool_len, pool_cap;
};

/* A buffer of phone memory that grows on demand and is reused. */
struct xm_buffer {
    uint8_t *data;
    size_t cap;
};

/* An image that went to storage. */
struct xm_image {
    char name[XM_NAME_MAX + 1];
    uint64_t len;
    uint32_t sum;
};

struct xm_command;

/* The session: made when stage 1 starts, handed on to stage 2 on the phone's baton. */
struct xm {
    struct mtksim *p;
    const struct agent_start *start;
    unsigned stage; /* 1 or 2 */
    unsigned year;  /* of the build */
    /* the running command */
    const char *name; /* without CMD:, for faults and the log */
    struct xm_doc doc;
    unsigned major, minor; /* its version */
    char message[XM_MESSAGE_MAX];
    enum xm_deferred deferred;
    /* hardware init of this stage failed: what every command ends with (NULL: all is well) */
    const char *init_error;
    /* SET-RUNTIME-PARAMETER; stage 2 inherits them */
    bool check_usb, check_storage, log_to_usb, os_linux, skip_dram;
    unsigned log_level; /* 0 TRACE .. 4 ERROR */
    char capability[256];
    /* DA SLA [7] */
    bool proven;
    uint8_t challenge[16];
    /* memory */
    struct xm_buffer packet, file, command;
    struct xm_buffer stage2; /* what BOOT-TO has stored; the DA SLA key stands in it */
    size_t stage2_len;
    const char *crash; /* why the jump to it ends badly, or NULL */
    struct ag_sink *sink;
    struct xm_image images[XM_IMAGES_MAX];
    size_t n_images;
    unsigned messages; /* message frames so far */
};

/* ---- frames and tokens [2]: xml_frame.c ---- */

/* Sends one flow frame: header and payload as two transfers. */
void xm_send(struct xm *x, const void *payload, size_t len);
/*
 * Sends a token through the fault hook. False if the host was told something that means "no" although the phone wanted
 * "yes": the command must end then, so that both sides agree on where they are.
 */
bool xm_say(struct xm *x, enum xm_token token);
/* The same for OK@0x<value>. */
bool xm_say_value(struct xm *x, uint64_t value);

enum xm_heard {
    XM_HEARD_YES,    /* begins with OK */
    XM_HEARD_NO,     /* anything else */
    XM_HEARD_NOTHING /* wrong magic, or longer than the token buffer: its payload stays in the pipe */
};
/* Receives a token; token may be NULL. */
enum xm_heard xm_hear(struct xm *x, char token[XML_TOKEN_MAX + 1]);
/* Receives one that must be a yes; otherwise the message says why not. */
bool xm_hear_yes(struct xm *x, char token[XML_TOKEN_MAX + 1]);
/* Receives raw data of at most cap bytes. False: bad frame or longer than cap; then it stays in the pipe. */
bool xm_receive(struct xm *x, void *buf, size_t cap, size_t *got);
/* A line of agent log: to the UART, and as a message frame if the host asked for it. */
void xm_message(struct xm *x, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The sign of life during long work, where messages go to USB. */
void xm_heartbeat(struct xm *x);
/* Makes a buffer hold at least need bytes; the content is lost when it has to grow. */
uint8_t *xm_reserve(struct xm *x, struct xm_buffer *b, size_t need);
/* Sets CMD:END's message; returns XM_ERR, so that handlers can `return xm_fail(...)`. */
enum xm_result xm_fail(struct xm *x, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same for what the storage engine says about a place. */
enum xm_result xm_fail_storage(struct xm *x, enum ag_result r, const char *name);

/* Bounded text. `over` is set when something did not fit. */
struct xm_out {
    char *s;
    size_t cap, len;
    bool over;
};
struct xm_out xm_out_init(void *memory, size_t cap);
void xm_put(struct xm_out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Text with & < > " replaced by entities [3.3]. */
void xm_put_escaped(struct xm_out *o, const char *text);
void xm_put_hex(struct xm_out *o, const uint8_t *data, size_t len);

/* ---- command texts [3.2]: xml_parse.c ---- */

/* Parses a text of len bytes (NULs at its end are ignored). False: not well-formed, a DOCTYPE, too deep, too much. */
bool xm_parse(struct xm *x, const uint8_t *text, size_t len);
/* Text of the element at a path under the root ("version", "arg/info"); NULL if there is none. */
const char *xm_text(const struct xm *x, const char *path);
/* The i-th element of that name under a path, for lists. NULL past the last one. */
const struct xm_node *xm_item(const struct xm *x, const char *path, const char *name, size_t i);
/* Text and attribute "name" of an element; "" if absent. */
const char *xm_node_text(const struct xm *x, const struct xm_node *n);
const char *xm_node_label(const struct xm *x, const struct xm_node *n);
/* Decimal or 0x. False: not a number, or more than 64 bits. */
bool xm_number(const char *text, uint64_t *value);
/* Required arguments: text, number, file name (at most XML_FILE_NAME_MAX bytes). False, with the message, if wrong. */
bool xm_arg(struct xm *x, const char *name, const char **text);
bool xm_arg_number(struct xm *x, const char *name, uint64_t *value);
bool xm_arg_file(struct xm *x, const char *name, const char **text);

/* ---- the life of a command [3]: xml_loop.c ---- */

struct xm_command {
    const char *name; /* without CMD: */
    unsigned majors;  /* bits 1 << version that are registered */
    uint8_t stages;   /* bits 1 << stage */
    uint8_t newer;    /* further stages in builds from XM_NEWER_YEAR on */
    bool when_locked; /* known while DA SLA locks the agent */
    enum xm_only { XM_ALWAYS, XM_SLA_BUILDS, XM_VENDOR_USB } only;
    enum xm_result (*run)(struct xm *x);
};
#define XM_NEWER_YEAR 2024u

/* The row of a command that this session has, NULL if none (xml_commands.c). */
const struct xm_command *xm_find_command(const struct xm *x, const char *name, unsigned major);
/* Serves commands for ever. */
void xm_loop(struct xm *x) __attribute__((noreturn));
/* Sends CMD:END. */
void xm_send_end(struct xm *x, enum xm_result result);

/* ---- callbacks [5]: xml_callback.c ---- */

/* A file from the host into phone memory; a NUL is put behind it. */
enum xm_got {
    XM_GOT_IT,
    XM_GOT_TOO_LONG, /* the host was told ERR; the message is set */
    XM_GOT_NOTHING,  /* lost, cancelled; the message is set */
};
enum xm_got xm_get_file(struct xm *x, const char *info, const char *source, uint64_t max,
                        struct xm_buffer *into, size_t *len);
/* A file to the host. False with the message. */
bool xm_give_file(struct xm *x, const char *info, const char *target, const void *data, size_t len);
/* DOWNLOAD-FILE up to the host's length; UPLOAD-FILE up to the host's OK for ours. */
bool xm_begin_download(struct xm *x, const char *info, const char *source, uint64_t *total);
bool xm_begin_upload(struct xm *x, const char *info, const char *target, uint64_t total);
/* A packet's announced sum, answered with OK. False: the host gave up, or the frame was bad. */
bool xm_packet_sum(struct xm *x, uint32_t *sum);
bool xm_begin_progress(struct xm *x, const char *message);
bool xm_tick(struct xm *x, unsigned percent);
bool xm_end_progress(struct xm *x);
/* FILE-SYS-OPERATION; value (may be NULL) gets what stands behind OK@. */
bool xm_file_operation(struct xm *x, const char *key, const char *path, char value[XML_TOKEN_MAX + 1]);
bool xm_file_exists(struct xm *x, const char *path, bool *exists);
uint32_t xm_download_packet(const struct xm *x);
uint32_t xm_upload_packet(const struct xm *x);

/* ---- data [5.1, 5.2]: xml_data.c ---- */

/* A place that is filled with what the host sends. */
struct xm_target {
    const char *info;   /* of the callback */
    const char *source; /* file name */
    enum ag_form form;
    const struct ag_place *place;
    uint64_t room;                  /* longest file */
    const struct ag_place *extents; /* [n_extents]: spread over these instead of the place; NULL: none */
    size_t n_extents;
};
enum xm_result xm_take_place(struct xm *x, const struct xm_target *t);
enum xm_result xm_give_place(struct xm *x, const char *info, const char *target,
                             const struct ag_place *place);
/* Erases with a PROGRESS-REPORT. */
enum xm_result xm_erase_place(struct xm *x, const char *label, const struct ag_place *place, uint64_t len);

/* ---- partitions and whole packages: xml_partition.c, xml_scatter.c, xml_update.c ---- */

struct xm_write {
    const char *name, *source;
    const char *label; /* "name [i/n]" in batches; NULL: the name */
    bool pre_erase;
    const struct ag_place *extents;
    size_t n_extents;
};
/* WRITE-PARTITION of one image [6.6]. */
enum xm_result xm_write_partition(struct xm *x, const struct xm_write *w);

/* A row of a scatter file, resolved for this phone. */
struct xm_row {
    char name[XM_NAME_MAX + 1];
    char file[256]; /* "" if nothing is downloaded to it */
    uint64_t start, size;
    uint64_t
        full; /* size in a table made from the scatter: the last row before the reserved ones takes all there is */
    bool user;    /* in the user area's partition table */
    bool protect; /* operation PROTECTED: survives an update */
    bool reserved;
    bool grows; /* the size is a minimum */
};
struct xm_package {
    struct xm_row *rows;
    size_t n;
    struct ag_partition *table; /* of the phone */
    size_t n_table;
};
/* Downloads and parses a scatter file. */
bool xm_get_scatter(struct xm *x, const char *source, struct xm_package *out);
/* Reads the phone's table into a package. False if there is none. */
bool xm_read_table(struct xm *x, struct xm_package *pk);
/* The row of the phone's table, NULL if there is none. */
const struct ag_partition *xm_table_row(const struct xm_package *pk, const char *name);
/* Is the phone's table that of the scatter? */
bool xm_same_layout(const struct xm_package *pk);
/* Writes the scatter's table: primary and backup. */
enum xm_result xm_write_table(struct xm *x, const struct xm_package *pk);

/* ---- commands ---- */

enum xm_result xm_set_runtime_parameter(struct xm *x); /* xml_da1.c */
enum xm_result xm_host_supported_commands(struct xm *x);
enum xm_result xm_notify_init_hw(struct xm *x);
enum xm_result xm_set_host_info(struct xm *x);
enum xm_result xm_boot_to(struct xm *x);
enum xm_result xm_reboot(struct xm *x);
enum xm_result xm_ram_test(struct xm *x); /* xml_ram.c */
enum xm_result xm_dram_repair(struct xm *x);
enum xm_result xm_get_hw_info(struct xm *x); /* xml_info.c */
enum xm_result xm_get_sys_property(struct xm *x);
enum xm_result xm_read_partition_table(struct xm *x);
enum xm_result xm_get_da_info(struct xm *x);
enum xm_result xm_emmc_control(struct xm *x);
enum xm_result xm_get_feedback(struct xm *x);
enum xm_result xm_read_flash(struct xm *x); /* xml_flash.c */
enum xm_result xm_write_flash(struct xm *x);
enum xm_result xm_erase_flash(struct xm *x);
enum xm_result xm_cmd_read_partition(struct xm *x); /* xml_partition.c */
enum xm_result xm_cmd_write_partition(struct xm *x);
enum xm_result xm_cmd_write_partitions(struct xm *x);
enum xm_result xm_cmd_erase_partition(struct xm *x);
enum xm_result xm_flash_all(struct xm *x); /* xml_update.c */
enum xm_result xm_flash_update(struct xm *x);
enum xm_result xm_set_boot_mode(struct xm *x); /* xml_misc.c */
enum xm_result xm_read_efuse(struct xm *x);
enum xm_result xm_write_efuse(struct xm *x);
enum xm_result xm_read_register(struct xm *x);
enum xm_result xm_write_register(struct xm *x);
enum xm_result xm_set_rsc(struct xm *x);
enum xm_result xm_write_private_cert(struct xm *x);
enum xm_result xm_debug_ufs(struct xm *x);
enum xm_result xm_can_higher_usb_speed(struct xm *x);
enum xm_result xm_switch_higher_usb_speed(struct xm *x);
enum xm_result xm_set_allinone_signature(struct xm *x); /* xml_sla.c */
enum xm_result xm_get_dev_fw_info(struct xm *x);
enum xm_result xm_set_flash_policy(struct xm *x);

/* ---- programs ---- */

void firmware_xml_da2(struct mtksim *p);

#endif
