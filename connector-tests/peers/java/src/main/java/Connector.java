import com.amazonaws.appflow.custom.connector.handlers.ConfigurationHandler;
import com.amazonaws.appflow.custom.connector.handlers.MetadataHandler;
import com.amazonaws.appflow.custom.connector.handlers.RecordHandler;
import com.amazonaws.appflow.custom.connector.lambda.handler.BaseLambdaConnectorHandler;
import com.amazonaws.appflow.custom.connector.model.ConnectorContext;
import com.amazonaws.appflow.custom.connector.model.connectorconfiguration.ConnectorModes;
import com.amazonaws.appflow.custom.connector.model.connectorconfiguration.DescribeConnectorConfigurationRequest;
import com.amazonaws.appflow.custom.connector.model.connectorconfiguration.DescribeConnectorConfigurationResponse;
import com.amazonaws.appflow.custom.connector.model.connectorconfiguration.ImmutableDescribeConnectorConfigurationResponse;
import com.amazonaws.appflow.custom.connector.model.connectorconfiguration.auth.ImmutableAuthenticationConfig;
import com.amazonaws.appflow.custom.connector.model.connectorconfiguration.auth.ImmutableOAuth2Defaults;
import com.amazonaws.appflow.custom.connector.model.connectorconfiguration.auth.OAuth2GrantType;
import com.amazonaws.appflow.custom.connector.model.credentials.ValidateCredentialsRequest;
import com.amazonaws.appflow.custom.connector.model.credentials.ValidateCredentialsResponse;
import com.amazonaws.appflow.custom.connector.model.metadata.DescribeEntityRequest;
import com.amazonaws.appflow.custom.connector.model.metadata.DescribeEntityResponse;
import com.amazonaws.appflow.custom.connector.model.metadata.ListEntitiesRequest;
import com.amazonaws.appflow.custom.connector.model.metadata.ListEntitiesResponse;
import com.amazonaws.appflow.custom.connector.model.query.ImmutableQueryDataResponse;
import com.amazonaws.appflow.custom.connector.model.query.QueryDataRequest;
import com.amazonaws.appflow.custom.connector.model.query.QueryDataResponse;
import com.amazonaws.appflow.custom.connector.model.retreive.RetrieveDataRequest;
import com.amazonaws.appflow.custom.connector.model.retreive.RetrieveDataResponse;
import com.amazonaws.appflow.custom.connector.model.settings.ConnectorRuntimeSettingDataType;
import com.amazonaws.appflow.custom.connector.model.settings.ConnectorRuntimeSettingScope;
import com.amazonaws.appflow.custom.connector.model.settings.ImmutableConnectorRuntimeSetting;
import com.amazonaws.appflow.custom.connector.model.settings.ValidateConnectorRuntimeSettingsRequest;
import com.amazonaws.appflow.custom.connector.model.settings.ValidateConnectorRuntimeSettingsResponse;
import com.amazonaws.appflow.custom.connector.model.write.WriteDataRequest;
import com.amazonaws.appflow.custom.connector.model.write.WriteDataResponse;
import com.amazonaws.appflow.custom.connector.util.CredentialsProvider;
import com.amazonaws.client.builder.AwsClientBuilder.EndpointConfiguration;
import com.amazonaws.services.secretsmanager.AWSSecretsManager;
import com.amazonaws.services.secretsmanager.AWSSecretsManagerClientBuilder;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A connector on the official Java SDK, which speed/run measures. It describes its configuration and
 * queries Salesforce. Both clients are built on first use and reused; each call reads the secret, as
 * the SDK's CredentialsProvider does.
 */
public final class Connector extends BaseLambdaConnectorHandler {
    public Connector() {
        super(new Metadata(), new Records(), new Configuration());
    }

    private static final class Configuration implements ConfigurationHandler {
        @Override
        public DescribeConnectorConfigurationResponse describeConnectorConfiguration(DescribeConnectorConfigurationRequest request) {
            var oauth = ImmutableOAuth2Defaults.builder()
                    .addAuthURL("https://login.salesforce.com/services/oauth2/authorize")
                    .addTokenURL("https://login.salesforce.com/services/oauth2/token")
                    .addOAuthScopes("api", "refresh_token")
                    .addOAuth2GrantTypesSupported(OAuth2GrantType.AUTHORIZATION_CODE)
                    .build();
            var instanceUrl = ImmutableConnectorRuntimeSetting.builder()
                    .key("instanceUrl")
                    .label("Salesforce Instance URL")
                    .description("URL of the instance where user wants to run the operations")
                    .dataType(ConnectorRuntimeSettingDataType.String)
                    .required(true)
                    .scope(ConnectorRuntimeSettingScope.CONNECTOR_PROFILE)
                    .build();
            return ImmutableDescribeConnectorConfigurationResponse.builder()
                    .isSuccess(true)
                    .connectorOwner("Peers")
                    .connectorName("JavaSalesforceConnector")
                    .connectorVersion("1.0")
                    .addConnectorModes(ConnectorModes.SOURCE)
                    .authenticationConfig(ImmutableAuthenticationConfig.builder().isOAuth2Supported(true).oAuth2Defaults(oauth).build())
                    .addConnectorRuntimeSetting(instanceUrl)
                    .addSupportedApiVersions("v60.0")
                    .build();
        }

        @Override
        public ValidateConnectorRuntimeSettingsResponse validateConnectorRuntimeSettings(ValidateConnectorRuntimeSettingsRequest request) {
            throw new UnsupportedOperationException();
        }

        @Override
        public ValidateCredentialsResponse validateCredentials(ValidateCredentialsRequest request) {
            throw new UnsupportedOperationException();
        }
    }

    private static final class Records implements RecordHandler {
        private final ObjectMapper json = new ObjectMapper();
        private AWSSecretsManager secrets;
        private HttpClient http;

        @Override
        public QueryDataResponse queryData(QueryDataRequest request) {
            String soql = "select " + String.join(", ", request.selectedFieldNames()) + " from " + request.entityIdentifier();
            List<String> records = new ArrayList<>();
            for (JsonNode record : query(request.connectorContext(), soql).get("records")) {
                records.add(record.toString());
            }
            return ImmutableQueryDataResponse.builder().isSuccess(true).records(records).build();
        }

        private JsonNode query(ConnectorContext context, String soql) {
            String token = CredentialsProvider.getOAuth2Credentials(secrets(), context.credentials().secretArn()).accessToken();
            String uri = context.connectorRuntimeSettings().get("instanceUrl") + "/services/data/" + context.apiVersion()
                    + "/query?q=" + URLEncoder.encode(soql, StandardCharsets.UTF_8);
            var request = HttpRequest.newBuilder(URI.create(uri)).header("Authorization", "Bearer " + token).build();
            try {
                HttpResponse<byte[]> response = http().send(request, HttpResponse.BodyHandlers.ofByteArray());
                if (response.statusCode() != 200) {
                    throw new IllegalStateException("Salesforce returned status " + response.statusCode());
                }
                return json.readTree(response.body());
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            } catch (InterruptedException interrupted) {
                throw new IllegalStateException(interrupted);
            }
        }

        private AWSSecretsManager secrets() {
            if (secrets == null) {
                // This version of AWS's client does not read AWS_ENDPOINT_URL.
                var endpoint = new EndpointConfiguration(System.getenv("AWS_ENDPOINT_URL"), System.getenv("AWS_REGION"));
                secrets = AWSSecretsManagerClientBuilder.standard().withEndpointConfiguration(endpoint).build();
            }
            return secrets;
        }

        private HttpClient http() {
            if (http == null) {
                http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
            }
            return http;
        }

        @Override
        public RetrieveDataResponse retrieveData(RetrieveDataRequest request) {
            throw new UnsupportedOperationException();
        }

        @Override
        public WriteDataResponse writeData(WriteDataRequest request) {
            throw new UnsupportedOperationException();
        }
    }

    private static final class Metadata implements MetadataHandler {
        @Override
        public ListEntitiesResponse listEntities(ListEntitiesRequest request) {
            throw new UnsupportedOperationException();
        }

        @Override
        public DescribeEntityResponse describeEntity(DescribeEntityRequest request) {
            throw new UnsupportedOperationException();
        }
    }
}
