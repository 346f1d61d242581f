import com.amazonaws.appflow.custom.connector.model.ConnectorRequest;
import com.amazonaws.appflow.custom.connector.model.connectorconfiguration.DescribeConnectorConfigurationResponse;
import com.amazonaws.appflow.custom.connector.model.credentials.ValidateCredentialsResponse;
import com.amazonaws.appflow.custom.connector.model.metadata.DescribeEntityResponse;
import com.amazonaws.appflow.custom.connector.model.metadata.EntityDefinition;
import com.amazonaws.appflow.custom.connector.model.metadata.ListEntitiesResponse;
import com.amazonaws.appflow.custom.connector.model.query.QueryDataResponse;
import com.amazonaws.appflow.custom.connector.model.retreive.RetrieveDataResponse;
import com.amazonaws.appflow.custom.connector.model.settings.ValidateConnectorRuntimeSettingsResponse;
import com.amazonaws.appflow.custom.connector.model.write.WriteDataResponse;
import com.amazonaws.appflow.custom.connector.util.CustomObjectMapper;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Reads JSON lines, decodes each with the official SDK's classes and mapper, and encodes the result
 * as JSON again. Input: {"kind": "request" or the name of a structure, "json": …}. Output:
 * {"ok": …}, or {"error": "…"} if the SDK rejects the value.
 */
public final class Wire {
    private static final Map<String, Class<?>> KINDS = Map.of(
            "request", ConnectorRequest.class,
            "DescribeConnectorConfigurationResponse", DescribeConnectorConfigurationResponse.class,
            "ValidateConnectorRuntimeSettingsResponse", ValidateConnectorRuntimeSettingsResponse.class,
            "ValidateCredentialsResponse", ValidateCredentialsResponse.class,
            "ListEntitiesResponse", ListEntitiesResponse.class,
            "DescribeEntityResponse", DescribeEntityResponse.class,
            "QueryDataResponse", QueryDataResponse.class,
            "RetrieveDataResponse", RetrieveDataResponse.class,
            "WriteDataResponse", WriteDataResponse.class,
            "EntityDefinition", EntityDefinition.class);

    public static void main(String[] arguments) throws Exception {
        ObjectMapper plain = new ObjectMapper();
        ObjectMapper official = CustomObjectMapper.getObjectMapper();
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var output = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            JsonNode input = plain.readTree(line);
            String json = plain.writeValueAsString(input.get("json"));
            String result;
            try {
                Object value = official.readValue(json, KINDS.get(input.get("kind").asText()));
                result = "{\"ok\":" + official.writeValueAsString(value) + "}";
            } catch (Exception rejected) {
                result = plain.writeValueAsString(Map.of("error", String.valueOf(rejected.getMessage())));
            }
            output.println(result);
        }
        output.flush();
    }
}
