package io.github.pyflinkdynamodb.source;

import io.github.pyflinkdynamodb.client.ClientSettings;
import io.github.pyflinkdynamodb.client.LoopbackService;

import java.util.Map;

/** What tests of reading have in common. */
final class Readings {

    private Readings() {}

    static ScanOptions options(LoopbackService service, int pageSize, int segments) {
        ClientSettings client =
                ClientSettings.of(
                        Map.of(
                                "aws.region",
                                "eu-west-1",
                                "aws.endpoint",
                                service.endpoint().toString(),
                                "aws.credentials.provider.basic.accesskeyid",
                                "key",
                                "aws.credentials.provider.basic.secretkey",
                                "secret"));
        return new ScanOptions(client, "orders", false, pageSize, segments);
    }
}
