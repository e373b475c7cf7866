/* The authority of the signed messages in dialogues (tests/world/smime/make.sh made them). */
#ifndef TESTS_SMIME_AUTHORITY_H
#define TESTS_SMIME_AUTHORITY_H

static const char smime_authority[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBUDCB9qADAgECAgIQADAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARyb290MB4X\n"
    "DTIwMDEwMTAwMDAwMFoXDTQ5MTIzMTAwMDAwMFowDzENMAsGA1UEAwwEcm9vdDBZ\n"
    "MBMGByqGSM49AgEGCCqGSM49AwEHA0IABAi6AI7/ZITwhJtDagefxZzqiXNZKfwh\n"
    "v3cgllJSdItNgiFxfB+VDRWo7bNIA0gIMeYZ/uiv8n+tGlVf02rxObejQjBAMA8G\n"
    "A1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgEGMB0GA1UdDgQWBBQVEpY3g/8t\n"
    "xiE8gIaksCcMYv9WwzAKBggqhkjOPQQDAgNJADBGAiEA8MKOlQCVwrmgrT2kcjdr\n"
    "kFkxcOEU/rDnBEFLVSe6qrYCIQC/kY4eDvk59geSST09FsdI+oxOBPubYaS19/P0\n"
    "GSKy/Q==\n"
    "-----END CERTIFICATE-----\n";

#endif
