// The AWS SDK for JavaScript against an AppFlow endpoint: register, connect, list, describe, delete.
//
//     AWS_ENDPOINT_URL=http://127.0.0.1:4566 node main.js FUNCTION_ARN

import * as appflow from "@aws-sdk/client-appflow";

const client = new appflow.AppflowClient({
  region: "us-east-1",
  endpoint: process.env.AWS_ENDPOINT_URL,
  credentials: { accessKeyId: "any", secretAccessKey: "any" },
  maxAttempts: 1,
});
const label = "js";
const connector = { connectorLabel: label };
const profile = { connectorProfileName: "js" };

async function call(name, input) {
  return client.send(new appflow[`${name}Command`](input));
}

await call("RegisterConnector", {
  ...connector,
  connectorProvisioningType: "LAMBDA",
  connectorProvisioningConfig: { lambda: { lambdaArn: process.argv[2] } },
});
const described = await call("DescribeConnector", { ...connector, connectorType: "CustomConnector" });
console.log("connector", described.connectorConfiguration.connectorName);
await call("CreateConnectorProfile", {
  ...connector,
  ...profile,
  connectorType: "CustomConnector",
  connectionMode: "Public",
  connectorProfileConfig: {
    connectorProfileProperties: { CustomConnector: { profileProperties: { url: "https://good.example" } } },
    connectorProfileCredentials: {
      CustomConnector: { authenticationType: "BASIC", basic: { username: "ada", password: "p" } },
    },
  },
});
const of = { ...profile, connectorType: "CustomConnector", apiVersion: "v1" };
const entities = await call("ListConnectorEntities", of);
console.log("entities", entities.connectorEntityMap.Objects.map((entity) => entity.name).join(","));
const fields = await call("DescribeConnectorEntity", { ...of, connectorEntityName: "Airport" });
console.log("fields", fields.connectorEntityFields.map((field) => field.identifier).join(","));
const profiles = await call("DescribeConnectorProfiles", { connectorProfileNames: ["js"] });
console.log("created", profiles.connectorProfileDetails[0].createdAt instanceof Date);
await call("DeleteConnectorProfile", profile);
await call("UnregisterConnector", connector);
try {
  await call("DescribeConnector", { ...connector, connectorType: "CustomConnector" });
} catch (error) {
  console.log("error", error instanceof appflow.ResourceNotFoundException, error.message.slice(0, 10));
}
