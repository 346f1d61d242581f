//! Buckets and what belongs to them.

use s3s::dto::{
    Bucket, BucketLocationConstraint, CreateBucketInput, CreateBucketOutput, DeleteBucketInput,
    DeleteBucketOutput, DeleteBucketPolicyInput, DeleteBucketPolicyOutput,
    DeleteBucketTaggingInput, DeleteBucketTaggingOutput, GetBucketLocationInput,
    GetBucketLocationOutput, GetBucketPolicyInput, GetBucketPolicyOutput, GetBucketTaggingInput,
    GetBucketTaggingOutput, HeadBucketInput, HeadBucketOutput, ListBucketsInput, ListBucketsOutput,
    Owner, PutBucketPolicyInput, PutBucketPolicyOutput, PutBucketTaggingInput,
    PutBucketTaggingOutput,
};
use s3s::{S3Error, S3Result, s3_error};
use serde_json::Value;

use crate::s3::error::StoreError;
use crate::s3::operations::Operations;
use crate::s3::operations::conversions::{at, tags_from, tags_to};
use crate::s3::store::Document;

/// The region that a bucket is in if none is named.
const FIRST_REGION: &str = "us-east-1";
const MAX_POLICY_BYTES: usize = 20 * 1024;

impl Operations {
    pub(super) async fn create(&self, input: CreateBucketInput) -> S3Result<CreateBucketOutput> {
        let configuration = input.create_bucket_configuration;
        let location = configuration.and_then(|configuration| configuration.location_constraint);
        let location = location.map(|location| location.as_str().to_owned());
        let location = location.filter(|location| !location.is_empty());
        if location.as_deref() == Some(FIRST_REGION) {
            return Err(s3_error!(
                InvalidLocationConstraint,
                "The specified location-constraint is not valid"
            ));
        }
        match self.store.create_bucket(&input.bucket, location).await {
            // As S3 does in this region only.
            Err(StoreError::BucketExists) if self.store.account.region == FIRST_REGION => {}
            created => created?,
        }
        Ok(CreateBucketOutput {
            location: Some(format!("/{}", input.bucket)),
        })
    }

    pub(super) async fn head(&self, input: HeadBucketInput) -> S3Result<HeadBucketOutput> {
        let bucket = self.store.bucket(&input.bucket).await?;
        let region = bucket.location.as_ref();
        let region = region.unwrap_or(&self.store.account.region).clone();
        Ok(HeadBucketOutput {
            bucket_region: Some(region),
            ..HeadBucketOutput::default()
        })
    }

    pub(super) async fn delete(&self, input: DeleteBucketInput) -> S3Result<DeleteBucketOutput> {
        self.store.delete_bucket(&input.bucket).await?;
        Ok(DeleteBucketOutput::default())
    }

    pub(super) async fn buckets(&self, input: ListBucketsInput) -> S3Result<ListBucketsOutput> {
        let prefix = input.prefix.clone().unwrap_or_default();
        let after = input.continuation_token.unwrap_or_default();
        let limit = match input.max_buckets {
            Some(max) if !(1..=10_000).contains(&max) => {
                return Err(s3_error!(InvalidArgument, "max-buckets must be 1 to 10000"));
            }
            max => usize::try_from(max.unwrap_or(10_000)).unwrap_or_default(),
        };
        let all = self.store.buckets().await?;
        let mut buckets = all
            .into_iter()
            .filter(|bucket| bucket.name.starts_with(&prefix) && bucket.name > after);
        let page: Vec<_> = buckets.by_ref().take(limit).collect();
        let next = buckets
            .next()
            .and(page.last())
            .map(|last| last.name.clone());
        let region = &self.store.account.region;
        let listed = page.into_iter().map(|bucket| Bucket {
            bucket_region: Some(bucket.location.unwrap_or_else(|| region.clone())),
            creation_date: Some(at(bucket.created)),
            name: Some(bucket.name),
        });
        Ok(ListBucketsOutput {
            buckets: Some(listed.collect()),
            continuation_token: next,
            owner: Some(self.owner()),
            prefix: input.prefix,
        })
    }

    pub(super) async fn location(
        &self,
        input: GetBucketLocationInput,
    ) -> S3Result<GetBucketLocationOutput> {
        let bucket = self.store.bucket(&input.bucket).await?;
        let region = Some(self.store.account.region.clone());
        let location = bucket.location.or(region);
        Ok(GetBucketLocationOutput {
            location_constraint: location
                .filter(|location| location != FIRST_REGION)
                .map(BucketLocationConstraint::from),
        })
    }

    pub(super) async fn put_policy(
        &self,
        input: PutBucketPolicyInput,
    ) -> S3Result<PutBucketPolicyOutput> {
        let malformed = |problem: &str| s3_error!(MalformedPolicy, "{problem}");
        if input.policy.len() > MAX_POLICY_BYTES {
            return Err(malformed("Policies are limited to 20480 bytes"));
        }
        let policy: Value = serde_json::from_str(&input.policy)
            .map_err(|_| malformed("Policies must be valid JSON and the first byte must be '{'"))?;
        if !policy.is_object() {
            return Err(malformed(
                "Policies must be valid JSON and the first byte must be '{'",
            ));
        }
        if policy.get("Statement").is_none() {
            return Err(malformed("Missing required field Statement"));
        }
        let policy = Some(input.policy);
        self.store
            .set_document(&input.bucket, Document::Policy, policy)
            .await?;
        Ok(PutBucketPolicyOutput::default())
    }

    pub(super) async fn policy(
        &self,
        input: GetBucketPolicyInput,
    ) -> S3Result<GetBucketPolicyOutput> {
        let policy = self.store.document(&input.bucket, Document::Policy).await?;
        let missing = || s3_error!(NoSuchBucketPolicy, "The bucket policy does not exist");
        Ok(GetBucketPolicyOutput {
            policy: Some(policy.ok_or_else(missing)?),
        })
    }

    pub(super) async fn delete_policy(
        &self,
        input: DeleteBucketPolicyInput,
    ) -> S3Result<DeleteBucketPolicyOutput> {
        self.store
            .set_document(&input.bucket, Document::Policy, None)
            .await?;
        Ok(DeleteBucketPolicyOutput::default())
    }

    pub(super) async fn put_bucket_tags(
        &self,
        input: PutBucketTaggingInput,
    ) -> S3Result<PutBucketTaggingOutput> {
        let tags = tags_from(input.tagging, 50)?;
        let text = serde_json::to_string(&tags).map_err(S3Error::internal_error)?;
        self.store
            .set_document(&input.bucket, Document::Tags, Some(text))
            .await?;
        Ok(PutBucketTaggingOutput::default())
    }

    pub(super) async fn bucket_tags(
        &self,
        input: GetBucketTaggingInput,
    ) -> S3Result<GetBucketTaggingOutput> {
        let text = self.store.document(&input.bucket, Document::Tags).await?;
        let tags = text.and_then(|text| serde_json::from_str(&text).ok());
        let missing = || s3_error!(NoSuchTagSet, "The TagSet does not exist");
        Ok(GetBucketTaggingOutput {
            tag_set: tags_to(tags.ok_or_else(missing)?),
        })
    }

    pub(super) async fn delete_bucket_tags(
        &self,
        input: DeleteBucketTaggingInput,
    ) -> S3Result<DeleteBucketTaggingOutput> {
        self.store
            .set_document(&input.bucket, Document::Tags, None)
            .await?;
        Ok(DeleteBucketTaggingOutput::default())
    }

    /// The owner of everything: the canonical id is made of the account.
    pub(super) fn owner(&self) -> Owner {
        Owner {
            display_name: None,
            id: Some(format!("{:0>64}", self.store.account.id)),
        }
    }
}
