/* SPDX-License-Identifier: Apache-2.0 */
/* The decoder on the worked session of an XML agent (da-xml.md 6), and on texts that no parser takes. */
#include "tests/unit/traces/decode_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "protocol/xml.h"

struct fixture {
    struct log log;
    struct decoder *d;
    uint64_t packet;
};

static void transfer(struct fixture *f, bool host, const void *data, size_t n)
{
    f->packet++;
    assert_int_equal(decoder_bulk(f->d, (int64_t)f->packet, f->packet, host, data, n, n), 0);
}

/* Header and payload go over as two transfers, as they do on the wire. */
static void frame(struct fixture *f, bool host, uint32_t type, const void *payload, size_t n)
{
    uint8_t header[XFLASH_HEADER_LEN];
    put_le32(header, XFLASH_MAGIC);
    put_le32(header + 4, type);
    put_le32(header + 8, (uint32_t)n);
    transfer(f, host, header, sizeof(header));
    transfer(f, host, payload, n);
}

static void host_says(struct fixture *f, const char *text)
{
    frame(f, true, XFLASH_FLOW, text, strlen(text) + 1);
}

static void device_says(struct fixture *f, const char *text)
{
    frame(f, false, XFLASH_FLOW, text, strlen(text) + 1);
}

#define HOST_TEXT(name, rest) \
    XML_HEAD "<da><version>1.0</version><command>CMD:" name "</command>" rest "</da>"
#define DEV_TEXT(name, rest) \
    XML_HEAD "<host><version>1.0</version><command>CMD:" name "</command>" rest "</host>"
#define END(result, message) \
    DEV_TEXT("END", "<arg><result>" result "</result><message>" message "</message></arg>")
#define FILE_TEXT(name, sum, info, file, packet)                                                          \
    DEV_TEXT(name, "<arg><checksum>" sum "</checksum><info>" info "</info>" file "<packet_length>" packet \
                   "</packet_length></arg>")

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    f->d = decoder_new(log_keep, &f->log);
    assert_non_null(f->d);
    f->packet = 1u << 20; /* behind those of feed() */
    feed(f->d, SYNC SEND_JUMP);
    device_says(f, DEV_TEXT("START", ""));
    host_says(f, XML_OK);
    f->log.text[0] = 0;
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    decoder_free(f->d);
    free(f);
    return 0;
}

#define expect(f, want)                           \
    do {                                          \
        assert_string_equal((f)->log.text, want); \
        (f)->log.text[0] = 0;                     \
    } while (0)

/* 6.1: without C0 and with a text in its first frame it is this generation. */
static void test_start(void **state)
{
    struct fixture *f = *state;
    host_says(f,
              XML_HEAD "<da><version>1.1</version><command>CMD:SET-RUNTIME-PARAMETER</command><arg>"
                       "<checksum_level>USB-STORAGE</checksum_level><system_os>LINUX</system_os></arg><adv>"
                       "<initialize_dram>YES</initialize_dram></adv></da>");
    device_says(f, XML_OK);
    device_says(f, END("OK", ""));
    host_says(f, XML_OK);
    device_says(f, DEV_TEXT("START", ""));
    expect(f,
           "H SET-RUNTIME-PARAMETER|CMD:SET-RUNTIME-PARAMETER checksum_level=USB-STORAGE system_os=LINUX "
           "initialize_dram=YES\nD SET-RUNTIME-PARAMETER|\"OK\"\nD SET-RUNTIME-PARAMETER|CMD:END result=OK\n"
           "H |\"OK\"\nD |CMD:START\n");
    host_says(f, XML_OK);
    host_says(f, HOST_TEXT("NOTIFY-INIT-HW", ""));
    device_says(f, XML_OK);
    device_says(f, DEV_TEXT("PROGRESS-REPORT", "<arg><message>init-hw</message></arg>"));
    host_says(f, XML_OK);
    device_says(f, "OK!PROGRESS@50@init");
    host_says(f, XML_OK);
    device_says(f, XML_EOT);
    expect(
        f,
        "H |\"OK\"\nH NOTIFY-INIT-HW|CMD:NOTIFY-INIT-HW\nD NOTIFY-INIT-HW|\"OK\"\n"
        "D NOTIFY-INIT-HW|CMD:PROGRESS-REPORT message=init-hw\nH NOTIFY-INIT-HW|\"OK\"\n"
        "D NOTIFY-INIT-HW|\"OK!PROGRESS@50@init\"\nH NOTIFY-INIT-HW|\"OK\"\nD NOTIFY-INIT-HW|\"OK!EOT\"\n");
    assert_int_equal(f->log.unknown + f->log.errors, 0);
}

/* 6.2 and 6.5: two frames of the host in a row, then a token and data for each packet; data that look like a token. */
static void test_download(void **state)
{
    struct fixture *f = *state;
    host_says(f, HOST_TEXT("BOOT-TO", "<arg><at_address>0x40000000</at_address></arg>"));
    device_says(f, XML_OK);
    device_says(
        f, FILE_TEXT("DOWNLOAD-FILE", "CHK_NO", "2nd-DA", "<source_file>MEM://0x0:0x6</source_file>", "0x4"));
    host_says(f, XML_OK);
    host_says(f, "OK@0x6");
    device_says(f, XML_OK);
    host_says(f, "OK@0x0");
    device_says(f, XML_OK);
    frame(f, true, XFLASH_FLOW, "ERR", 4);
    device_says(f, XML_OK);
    host_says(f, "OK@0x0");
    device_says(f, XML_OK);
    frame(f, true, XFLASH_FLOW, "\x01\x02", 2);
    device_says(f, "OK@0x0");
    device_says(f, END("OK", ""));
    expect(
        f,
        "H BOOT-TO|CMD:BOOT-TO at_address=0x40000000\nD BOOT-TO|\"OK\"\n"
        "D BOOT-TO|CMD:DOWNLOAD-FILE checksum=CHK_NO info=2nd-DA source_file=MEM://0x0:0x6 "
        "packet_length=0x4\n"
        "H BOOT-TO|\"OK\"\nH BOOT-TO|\"OK@0x6\"\nD BOOT-TO|\"OK\"\nH BOOT-TO|\"OK@0x0\"\nD BOOT-TO|\"OK\"\n"
        "H BOOT-TO|data, 4 bytes, 2 left: 45525200\nD BOOT-TO|\"OK\"\nH BOOT-TO|\"OK@0x0\"\nD "
        "BOOT-TO|\"OK\"\n"
        "H BOOT-TO|data, 2 bytes, 0 left: 0102\nD BOOT-TO|\"OK@0x0\"\nD BOOT-TO|CMD:END result=OK\n");
    assert_int_equal(f->log.errors, 0);
}

/* 6.3, 6.4: data of the phone, an XML file among them. */
static void test_upload(void **state)
{
    static const char info[] = XML_HEAD "<da_info><version>1.0</version></da_info>";
    struct fixture *f = *state;
    char length[24], want[400];
    host_says(f, HOST_TEXT("GET-DA-INFO", "<arg><target_file>a&amp;b</target_file></arg>"));
    device_says(f, XML_OK);
    device_says(
        f, FILE_TEXT("UPLOAD-FILE", "CHK_NO", "DA-INFO", "<target_file>a&amp;b</target_file>", "0x200000"));
    host_says(f, XML_OK);
    snprintf(length, sizeof(length), "OK@0x%zx", sizeof(info));
    device_says(f, length);
    host_says(f, XML_OK);
    device_says(f, XML_OK);
    host_says(f, XML_OK);
    frame(f, false, XFLASH_FLOW, info, sizeof(info));
    host_says(f, XML_OK);
    device_says(f, END("OK", ""));
    snprintf(
        want, sizeof(want),
        "H GET-DA-INFO|CMD:GET-DA-INFO target_file=a&amp;b\nD GET-DA-INFO|\"OK\"\n"
        "D GET-DA-INFO|CMD:UPLOAD-FILE checksum=CHK_NO info=DA-INFO target_file=a&amp;b "
        "packet_length=0x200000\n"
        "H GET-DA-INFO|\"OK\"\nD GET-DA-INFO|\"%s\"\nH GET-DA-INFO|\"OK\"\nD GET-DA-INFO|\"OK\"\nH "
        "GET-DA-INFO|\"OK\"\n"
        "D GET-DA-INFO|data, %zu bytes, 0 left: 3c3f786d6c2076657273696f6e3d2231...\nH GET-DA-INFO|\"OK\"\n"
        "D GET-DA-INFO|CMD:END result=OK\n",
        length, sizeof(info));
    expect(f, want);
}

/* A read error ends the transfer (5.2); CMD:END may come where a status of a packet is due (5.1). */
static void test_ends_early(void **state)
{
    struct fixture *f = *state;
    device_says(f, FILE_TEXT("UPLOAD-FILE", "CHK_NO", "EMMC-USER", "", "0x4"));
    device_says(f, "OK@0x8");
    device_says(f, "OK@0x0");
    frame(f, false, XFLASH_FLOW, "\0\0\0\0", 4);
    device_says(f, XML_ERR);
    device_says(f, END("ERR", "read"));
    expect(
        f,
        "D |CMD:UPLOAD-FILE checksum=CHK_NO info=EMMC-USER packet_length=0x4\nD |\"OK@0x8\"\nD |\"OK@0x0\"\n"
        "D |data, 4 bytes, 4 left: 00000000\nD |\"ERR\"\nD |CMD:END result=ERR message=read\n");
    device_says(f, FILE_TEXT("UPLOAD-FILE", "CHK_NO", "EMMC-USER", "", "0x4"));
    device_says(f, "OK@0x8");
    device_says(f, "OK@0x0");
    device_says(f, END("ERR", "gone"));
    expect(
        f,
        "D |CMD:UPLOAD-FILE checksum=CHK_NO info=EMMC-USER packet_length=0x4\nD |\"OK@0x8\"\nD |\"OK@0x0\"\n"
        "D |CMD:END result=ERR message=gone\n");
    assert_int_equal(f->log.errors, 3);
}

/* 3.1: an end tag is missing; log lines and heartbeats between any two frames; unsupported. */
static void test_oddities(void **state)
{
    struct fixture *f = *state;
    host_says(f, HOST_TEXT("NO-SUCH", ""));
    device_says(f, XML_UNSUPPORTED);
    frame(f, false, XFLASH_MESSAGE, "\1\0\0\0HB", 7);
    device_says(f,
                DEV_TEXT("END", "<arg><result>ERR</result><message>Use wrong load, code=0xc0010001</arg>"));
    frame(f, false, XFLASH_MESSAGE, "\1\0", 2);
    device_says(f, XML_HEAD);
    frame(f, false, XFLASH_FLOW, "", 0);
    expect(f, "H NO-SUCH|CMD:NO-SUCH\nD NO-SUCH|\"ERR!UNSUPPORTED\"\nD |message: HB\n"
              "D NO-SUCH|CMD:END result=ERR message=Use wrong load, code=0xc0010001\n"
              "D |data, 2 bytes, 0 left: 0100\nD |a text without a command\nD |\"\"\n");
    assert_int_equal(f->log.errors, 2);
}

/* An agent whose first frame is a line of its log. */
static void test_log_first(void **state)
{
    struct fixture *f = *state;
    decoder_reenumerated(f->d, 1, f->packet, 2);
    feed(f->d, SYNC SEND_JUMP);
    f->log.text[0] = 0;
    frame(f, false, XFLASH_MESSAGE, "\1\0\0\0hello", 10);
    device_says(f, DEV_TEXT("START", ""));
    expect(f, "D |message: hello\nD |CMD:START\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_start, setup, teardown),
        cmocka_unit_test_setup_teardown(test_download, setup, teardown),
        cmocka_unit_test_setup_teardown(test_upload, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ends_early, setup, teardown),
        cmocka_unit_test_setup_teardown(test_oddities, setup, teardown),
        cmocka_unit_test_setup_teardown(test_log_first, setup, teardown),
    };
    return cmocka_run_group_tests_name("traces/decode-xml", tests, NULL, NULL);
}
