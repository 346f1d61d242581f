import java.net.URI;
import java.util.Map;
import java.util.stream.Collectors;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.appflow.AppflowClient;
import software.amazon.awssdk.services.appflow.model.AuthenticationType;
import software.amazon.awssdk.services.appflow.model.ConnectionMode;
import software.amazon.awssdk.services.appflow.model.ConnectorProvisioningType;
import software.amazon.awssdk.services.appflow.model.ConnectorType;
import software.amazon.awssdk.services.appflow.model.ResourceNotFoundException;

/**
 * The AWS SDK for Java 2 against an AppFlow endpoint: register, connect, list, describe, delete. The
 * endpoint is in AWS_ENDPOINT_URL, the function's ARN is the argument.
 */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        AppflowClient client = AppflowClient.builder()
            .region(Region.US_EAST_1)
            .endpointOverride(URI.create(System.getenv("AWS_ENDPOINT_URL")))
            .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("any", "any")))
            .httpClient(UrlConnectionHttpClient.create())
            .build();
        client.registerConnector(r -> r
            .connectorLabel("java")
            .connectorProvisioningType(ConnectorProvisioningType.LAMBDA)
            .connectorProvisioningConfig(c -> c.lambda(l -> l.lambdaArn(arguments[0]))));
        var described = client.describeConnector(r -> r
            .connectorLabel("java").connectorType(ConnectorType.CUSTOM_CONNECTOR));
        System.out.println("connector " + described.connectorConfiguration().connectorName());
        client.createConnectorProfile(r -> r
            .connectorLabel("java")
            .connectorProfileName("java")
            .connectorType(ConnectorType.CUSTOM_CONNECTOR)
            .connectionMode(ConnectionMode.PUBLIC)
            .connectorProfileConfig(c -> c
                .connectorProfileProperties(p -> p.customConnector(
                    custom -> custom.profileProperties(Map.of("url", "https://good.example"))))
                .connectorProfileCredentials(p -> p.customConnector(custom -> custom
                    .authenticationType(AuthenticationType.BASIC)
                    .basic(b -> b.username("ada").password("p"))))));
        var entities = client.listConnectorEntities(r -> r
            .connectorProfileName("java").connectorType(ConnectorType.CUSTOM_CONNECTOR).apiVersion("v1"));
        System.out.println("entities " + entities.connectorEntityMap().get("Objects").stream()
            .map(e -> e.name()).collect(Collectors.joining(",")));
        var fields = client.describeConnectorEntity(r -> r
            .connectorProfileName("java").connectorType(ConnectorType.CUSTOM_CONNECTOR)
            .connectorEntityName("Airport").apiVersion("v1"));
        System.out.println("fields " + fields.connectorEntityFields().stream()
            .map(f -> f.identifier()).collect(Collectors.joining(",")));
        var profiles = client.describeConnectorProfiles(r -> r.connectorProfileNames("java"));
        System.out.println("created " + (profiles.connectorProfileDetails().get(0).createdAt().toEpochMilli() > 0));
        client.deleteConnectorProfile(r -> r.connectorProfileName("java"));
        client.unregisterConnector(r -> r.connectorLabel("java"));
        try {
            client.describeConnector(r -> r.connectorLabel("java").connectorType(ConnectorType.CUSTOM_CONNECTOR));
        } catch (ResourceNotFoundException error) {
            System.out.println("error true " + error.awsErrorDetails().errorMessage().substring(0, 10));
        }
    }
}
