package io.github.pyflinkdynamodb.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pyflinkdynamodb.client.ClientSettings;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

class ScanRequestTest {

    @Test
    void segmentAsksForItsPartOfTheTable() {
        ScanRequest request = new ScanRequest(options(false), List.of("id", "a \"b\""));

        assertThat(request.body(ScanSplit.segment(1, 4), null, 0))
                .isEqualTo(
                        json(
                                "{'TableName':'orders','Segment':1,'TotalSegments':4,"
                                        + "'ProjectionExpression':'#a0,#a1',"
                                        + "'ExpressionAttributeNames':{'#a0':'id',"
                                        + "'#a1':'a \\'b\\''}}"));
    }

    @Test
    void laterPageIsAskedForWithTheKeyBeforeItAndAllItsOptions() {
        ScanRequest request = new ScanRequest(options(true), List.of("id"));

        assertThat(request.body(ScanSplit.segment(0, 1), "{\"id\":{\"S\":\"x\"}}", 50))
                .endsWith(
                        json(
                                ",'ConsistentRead':true,'Limit':50,"
                                        + "'ExclusiveStartKey':{'id':{'S':'x'}}}"));
    }

    @Test
    void queryNamesTheKeyByPlaceholders() {
        ScanRequest request = new ScanRequest(options(false), List.of("name"));
        ScanSplit split = ScanSplit.query(Map.of("pk", "{\"S\":\"x\"}", "sk", "{\"N\":\"1\"}"));

        assertThat(request.body(split, null, 0))
                .isEqualTo(
                        json(
                                "{'TableName':'orders',"
                                        + "'KeyConditionExpression':'#k0 = :k0 AND #k1 = :k1',"
                                        + "'ExpressionAttributeValues':"
                                        + "{':k0':{'S':'x'},':k1':{'N':'1'}},"
                                        + "'ProjectionExpression':'#a0',"
                                        + "'ExpressionAttributeNames':"
                                        + "{'#k0':'pk','#k1':'sk','#a0':'name'}}"));
    }

    @Test
    void moreNamesThanAnExpressionHoldsAreNotProjected() {
        List<String> names = new ArrayList<>(Collections.nCopies(701, "n"));
        assertThat(ScanRequest.projection(names)).contains("#a700");

        names.add("n");

        assertThat(ScanRequest.projection(names)).isEmpty();
        assertThat(new ScanRequest(options(false), names).body(ScanSplit.segment(0, 1), null, 0))
                .doesNotContain("#");
    }

    private static ScanOptions options(boolean consistentRead) {
        ClientSettings client = ClientSettings.of(Map.of("aws.region", "eu-west-1"));
        return new ScanOptions(client, "orders", consistentRead, 0, 0);
    }

    private static String json(String text) {
        return text.replace('\'', '"');
    }
}
