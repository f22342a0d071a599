//! AWS-managed policies that grant ECR on every repository: [`analyze_managed`].
//!
//! Source: Amazon ECR User Guide, "AWS managed policies for Amazon Elastic Container Registry", and the policies' own
//! documents.

use super::verdict::{ActionClass, Analysis, Exposure, Range, StatementAnalysis};
use crate::origin::Origin;

/// What holders of an AWS-managed policy may do on every repository, by the policy's name.
const POLICIES: [(&str, Exposure, bool); 11] = [
    ("AdministratorAccess", Exposure::IdAdminAll, false),
    ("PowerUserAccess", Exposure::IdAdminAll, false),
    ("AmazonEC2ContainerRegistryFullAccess", Exposure::IdAdminAll, true),
    ("AmazonEC2ContainerRegistryPowerUser", Exposure::IdPushAll, true),
    ("AmazonEC2ContainerRegistryReadOnly", Exposure::IdPullAll, true),
    ("AmazonEC2ContainerRegistryPullOnly", Exposure::IdPullAll, true),
    ("AmazonElasticContainerRegistryPublicFullAccess", Exposure::IdAdminAll, true),
    ("AmazonElasticContainerRegistryPublicPowerUser", Exposure::IdPushAll, true),
    ("AmazonElasticContainerRegistryPublicReadOnly", Exposure::IdPullAll, true),
    ("EC2InstanceProfileForImageBuilderECRContainerBuilds", Exposure::IdPushAll, true),
    ("AWSElasticBeanstalkFullAccess", Exposure::IdAdminAll, true),
];

/// Says what an AWS-managed policy grants, attached by its ARN at `origin`. A policy that is not known to grant ECR
/// on every repository grants nothing.
pub fn analyze_managed<'a>(arn: &str, origin: &'a Origin) -> Analysis<'a> {
    let name = arn.rsplit('/').next().unwrap_or(arn);
    let is_managed = arn.split(':').nth(4) == Some("aws");
    let known = POLICIES.iter().find(|(policy, ..)| is_managed && *policy == name);
    let (exposure, names_ecr) =
        known.map_or((Exposure::None, false), |(_, exposure, ecr)| (*exposure, *ecr));
    let statement = StatementAnalysis {
        index: 0,
        sid: None,
        exposure,
        if_accepted: None,
        because: None,
        range: Range::exactly(exposure),
        actions: classes(exposure).iter().copied().collect(),
        pointers: Vec::new(),
        origin,
        principal: None,
        grantees: Vec::new(),
        every_action: None,
        names_ecr,
        failing: Vec::new(),
        failed_denies: Vec::new(),
        closing: None,
        witness: None,
    };
    Analysis {
        exposure,
        if_accepted: None,
        because: None,
        range: Range::exactly(exposure),
        statements: vec![statement],
        problems: Vec::new(),
    }
}

const fn classes(exposure: Exposure) -> &'static [ActionClass] {
    match exposure {
        Exposure::IdAdminAll => &ActionClass::ALL,
        Exposure::IdPushAll => &[ActionClass::Pull, ActionClass::Push, ActionClass::Metadata],
        Exposure::IdPullAll => &[ActionClass::Pull, ActionClass::Metadata],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::analyze_managed;
    use crate::origin::Origin;
    use crate::policy::Exposure;
    use crate::source::{Sources, Span};

    #[test]
    fn an_arn_is_known_in_every_partition_and_path() {
        let origin = Origin::at(Span::new(Sources::new().add("main.tf", *b""), 0, 0));
        let exposure = |arn| analyze_managed(arn, &origin).exposure;
        assert_eq!(
            exposure("arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser"),
            Exposure::IdPushAll
        );
        assert_eq!(
            exposure("arn:aws-cn:iam::aws:policy/AdministratorAccess"),
            Exposure::IdAdminAll
        );
        assert_eq!(exposure("arn:aws:iam::aws:policy/ReadOnlyAccess"), Exposure::None);
        assert_eq!(
            exposure("arn:aws:iam::111122223333:policy/AdministratorAccess"),
            Exposure::None
        );
    }
}
