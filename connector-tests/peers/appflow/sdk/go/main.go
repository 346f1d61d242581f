// The AWS SDK for Go against an AppFlow endpoint: register, connect, list, describe, delete.
//
//	AWS_ENDPOINT_URL=http://127.0.0.1:4566 go run . FUNCTION_ARN
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/appflow"
	"github.com/aws/aws-sdk-go-v2/service/appflow/types"
)

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func main() {
	ctx := context.Background()
	client := appflow.New(appflow.Options{
		Region:           "us-east-1",
		BaseEndpoint:     aws.String(os.Getenv("AWS_ENDPOINT_URL")),
		Credentials:      credentials.NewStaticCredentialsProvider("any", "any", ""),
		RetryMaxAttempts: 1,
	})
	label, name := aws.String("go"), aws.String("go")
	must(client.RegisterConnector(ctx, &appflow.RegisterConnectorInput{
		ConnectorLabel:            label,
		ConnectorProvisioningType: types.ConnectorProvisioningTypeLambda,
		ConnectorProvisioningConfig: &types.ConnectorProvisioningConfig{
			Lambda: &types.LambdaConnectorProvisioningConfig{LambdaArn: aws.String(os.Args[1])},
		},
	}))
	describe := &appflow.DescribeConnectorInput{ConnectorLabel: label, ConnectorType: types.ConnectorTypeCustomconnector}
	described := must(client.DescribeConnector(ctx, describe))
	fmt.Println("connector", *described.ConnectorConfiguration.ConnectorName)
	must(client.CreateConnectorProfile(ctx, &appflow.CreateConnectorProfileInput{
		ConnectorLabel:       label,
		ConnectorProfileName: name,
		ConnectorType:        types.ConnectorTypeCustomconnector,
		ConnectionMode:       types.ConnectionModePublic,
		ConnectorProfileConfig: &types.ConnectorProfileConfig{
			ConnectorProfileProperties: &types.ConnectorProfileProperties{
				CustomConnector: &types.CustomConnectorProfileProperties{
					ProfileProperties: map[string]string{"url": "https://good.example"},
				},
			},
			ConnectorProfileCredentials: &types.ConnectorProfileCredentials{
				CustomConnector: &types.CustomConnectorProfileCredentials{
					AuthenticationType: types.AuthenticationTypeBasic,
					Basic:              &types.BasicAuthCredentials{Username: aws.String("ada"), Password: aws.String("p")},
				},
			},
		},
	}))
	entities := must(client.ListConnectorEntities(ctx, &appflow.ListConnectorEntitiesInput{
		ConnectorProfileName: name, ConnectorType: types.ConnectorTypeCustomconnector, ApiVersion: aws.String("v1"),
	}))
	var names []string
	for _, entity := range entities.ConnectorEntityMap["Objects"] {
		names = append(names, *entity.Name)
	}
	fmt.Println("entities", strings.Join(names, ","))
	fields := must(client.DescribeConnectorEntity(ctx, &appflow.DescribeConnectorEntityInput{
		ConnectorProfileName: name, ConnectorType: types.ConnectorTypeCustomconnector,
		ConnectorEntityName: aws.String("Airport"), ApiVersion: aws.String("v1"),
	}))
	names = nil
	for _, field := range fields.ConnectorEntityFields {
		names = append(names, *field.Identifier)
	}
	fmt.Println("fields", strings.Join(names, ","))
	profiles := must(client.DescribeConnectorProfiles(ctx, &appflow.DescribeConnectorProfilesInput{ConnectorProfileNames: []string{"go"}}))
	fmt.Println("created", profiles.ConnectorProfileDetails[0].CreatedAt.Year() > 2000)
	must(client.DeleteConnectorProfile(ctx, &appflow.DeleteConnectorProfileInput{ConnectorProfileName: name}))
	must(client.UnregisterConnector(ctx, &appflow.UnregisterConnectorInput{ConnectorLabel: label}))
	_, err := client.DescribeConnector(ctx, describe)
	var notFound *types.ResourceNotFoundException
	fmt.Println("error", errors.As(err, &notFound), notFound.ErrorMessage()[:10])
}
