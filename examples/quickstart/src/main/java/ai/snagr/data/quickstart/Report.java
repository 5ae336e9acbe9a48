package ai.snagr.data.quickstart;

import java.util.List;
import java.util.Map;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What the run found out, for programs. */
record Report(
        long rowsRead,
        long matchesWritten,
        List<Rejection> rejections,
        String revealBeforePayment,
        boolean revealed,
        long otherUserSees,
        long plaintextHits,
        long unlocksAfterDoublePayment,
        long roundTripsPerRead,
        Servers.Postgres postgres,
        Servers.Redis redis,
        Map<String, Long> millis) {
    private static final int SHOWN_REJECTIONS = 20;
    private static final ObjectMapper JSON = JsonMapper.builder().build();

    /** Whether every figure is what the product promises. */
    boolean wentAsTold() {
        return matchesWritten + rejections.size() == rowsRead
                && revealBeforePayment.equals("refused")
                && revealed
                && otherUserSees == 0
                && plaintextHits == 0
                && unlocksAfterDoublePayment == 1
                && roundTripsPerRead == 1;
    }

    /** One JSON object on one line. */
    String toJson() {
        ObjectNode json = JSON.createObjectNode();
        json.put("rowsRead", rowsRead);
        json.put("matchesWritten", matchesWritten);
        json.put("rowsRejected", rejections.size());
        ArrayNode shown = json.putArray("rejections");
        rejections.stream()
                .limit(SHOWN_REJECTIONS)
                .forEach(rejection -> shown.addObject()
                        .put("line", rejection.line())
                        .put("column", rejection.column())
                        .put("reason", rejection.reason()));
        json.put("revealBeforePayment", revealBeforePayment);
        json.put("revealed", revealed);
        json.put("otherUserSees", otherUserSees);
        json.put("plaintextHits", plaintextHits);
        json.put("unlocksAfterDoublePayment", unlocksAfterDoublePayment);
        json.put("roundTripsPerRead", roundTripsPerRead);
        json.putObject("postgres")
                .put("version", postgres.version())
                .put("jdbcUrl", postgres.jdbcUrl())
                .put("user", postgres.user())
                .put("password", postgres.password());
        json.putObject("redis").put("version", redis.version()).put("uri", redis.uri());
        ObjectNode steps = json.putObject("millis");
        millis.forEach(steps::put);
        return JSON.writeValueAsString(json);
    }
}
