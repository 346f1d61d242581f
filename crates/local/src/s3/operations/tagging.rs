//! Tags of objects.

use s3s::S3Result;
use s3s::dto::{
    DeleteObjectTaggingInput, DeleteObjectTaggingOutput, GetObjectTaggingInput,
    GetObjectTaggingOutput, PutObjectTaggingInput, PutObjectTaggingOutput,
};

use crate::s3::operations::Operations;
use crate::s3::operations::conversions::{tags_from, tags_to};
use crate::s3::operations::objects::no_version;

impl Operations {
    pub(super) async fn put_tags(
        &self,
        input: PutObjectTaggingInput,
    ) -> S3Result<PutObjectTaggingOutput> {
        no_version(input.version_id.as_deref())?;
        let tags = tags_from(input.tagging, 10)?;
        self.store.set_tags(&input.bucket, &input.key, tags).await?;
        Ok(PutObjectTaggingOutput::default())
    }

    pub(super) async fn tags(
        &self,
        input: GetObjectTaggingInput,
    ) -> S3Result<GetObjectTaggingOutput> {
        no_version(input.version_id.as_deref())?;
        let info = self.store.info(&input.bucket, &input.key).await?;
        Ok(GetObjectTaggingOutput {
            tag_set: tags_to(info.attributes.tags),
            version_id: None,
        })
    }

    pub(super) async fn delete_tags(
        &self,
        input: DeleteObjectTaggingInput,
    ) -> S3Result<DeleteObjectTaggingOutput> {
        no_version(input.version_id.as_deref())?;
        self.store
            .set_tags(&input.bucket, &input.key, Vec::new())
            .await?;
        Ok(DeleteObjectTaggingOutput::default())
    }
}
