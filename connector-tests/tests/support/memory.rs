//! The connector itself: an application of sixty items in memory, in the order of their ids. A
//! token has the id of the last item on its page.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use appflow_connector_model::{
    AuthenticationConfig, CacheControl, ConnectorError, ConnectorMode, ConnectorOperator,
    ConnectorRuntimeSetting, ConnectorRuntimeSettingDataType, ConnectorRuntimeSettingScope,
    DescribeConnectorConfigurationRequest, DescribeEntityRequest, EntityDefinition, ErrorCode,
    ListEntitiesRequest, QueryDataRequest, Record, RetrieveDataRequest, TriggerType,
    ValidateConnectorRuntimeSettingsRequest, ValidateCredentialsRequest, WriteDataRequest,
    WriteOperationType, WriteRecordResult,
};
use appflow_connector_queryfilter::ast::{Expr, ExprKind, Literal};
use appflow_connector_queryfilter::{BoundFilter, Filter, parse};
use appflow_connector_runtime::secrecy::ExposeSecret;
use appflow_connector_runtime::{
    ConfigurationHandler, ConnectorConfiguration, DescribedEntity, EntityPage, Invocation,
    MetadataHandler, RecordHandler, RecordPage, Result, SettingErrors,
};
use serde_json::{Map, Value, json};

use super::Defect;
use super::entities::{ARCHIVED, TOP, definition, entity, items};
use super::pushdown;

type Item = Map<String, Value>;

pub struct Memory {
    defect: Option<Defect>,
    items: Mutex<Vec<Item>>,
    token_uses: Mutex<HashMap<String, usize>>,
}

impl Memory {
    pub fn new(defect: Option<Defect>) -> Self {
        let mut items = items();
        if defect == Some(Defect::UndeclaredNull) {
            items[30]["name"] = Value::Null;
        }
        Self {
            defect,
            items: Mutex::new(items),
            token_uses: Mutex::default(),
        }
    }

    fn has(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }

    fn items(&self) -> MutexGuard<'_, Vec<Item>> {
        self.items.lock().unwrap()
    }

    /// The entities at the top.
    fn top(&self) -> [&'static str; 5] {
        let mut top = TOP;
        if self.has(Defect::SpaceInIdentifier) {
            top[3] = "Odd Thing";
        }
        top
    }

    fn definition(&self, identifier: &str) -> Result<EntityDefinition> {
        let is_known = self.top().contains(&identifier) || ARCHIVED.contains(&identifier);
        let is_broken = match self.defect {
            Some(Defect::EntityNotDescribable) => identifier == "Thing",
            Some(Defect::DescribeFails) => identifier == "Item",
            _ => false,
        };
        if is_broken || !is_known && !self.has(Defect::UnknownEntityDescribed) {
            return Err(ConnectorError::invalid_argument(format!(
                "the entity {identifier} does not exist"
            )));
        }
        Ok(definition(identifier, self.defect))
    }
}

impl Memory {
    /// What the application says before anything else.
    fn application(&self) -> Result<()> {
        if self.has(Defect::ApplicationDown) {
            let code = ErrorCode::ServiceUnavailable;
            return Err(ConnectorError::new(code, "Items accepts no connection"));
        }
        Ok(())
    }
}

impl ConfigurationHandler for Memory {
    async fn describe_connector_configuration(
        &self,
        _: DescribeConnectorConfigurationRequest,
        _: &Invocation,
    ) -> Result<ConnectorConfiguration> {
        if self.has(Defect::ConfigurationFails) {
            return Err(ConnectorError::invalid_argument("the request failed"));
        }
        let owner = if self.has(Defect::NoOwner) {
            ""
        } else {
            "Example Corp"
        };
        let name = if self.has(Defect::ReservedName) {
            "AppFlow Items"
        } else {
            "Items"
        };
        let modes = if self.has(Defect::NoModes) {
            vec![]
        } else {
            vec![ConnectorMode::Source, ConnectorMode::Destination]
        };
        let scheme = if self.has(Defect::HttpUrl) {
            "http"
        } else {
            "https"
        };
        let authentication = AuthenticationConfig::builder()
            .is_api_key_auth_supported(!self.has(Defect::NoAuthentication))
            .is_oauth2_supported(self.has(Defect::OAuthWithoutDefaults))
            .build();
        let settings = match self.defect {
            Some(Defect::DuplicateSetting) => vec![instance_url(), instance_url()],
            Some(Defect::SettingGone) => vec![],
            _ => vec![instance_url()],
        };
        let trigger_types = if self.has(Defect::NoTriggerTypes) {
            vec![]
        } else {
            TriggerType::ALL.to_vec()
        };
        let versions = if self.has(Defect::DuplicateVersion) {
            vec!["v1".to_owned(), "v1".to_owned()]
        } else {
            vec!["v1".to_owned()]
        };
        Ok(ConnectorConfiguration::builder()
            .connector_owner(owner)
            .connector_name(name)
            .connector_version("1.0")
            .connector_modes(modes)
            .authentication_config(authentication)
            .runtime_settings(settings)
            .supported_trigger_types(trigger_types)
            .supported_api_versions(versions)
            .logo_url(format!("{scheme}://items.example.com/logo.svg"))
            .build())
    }

    async fn validate_connector_runtime_settings(
        &self,
        request: ValidateConnectorRuntimeSettingsRequest,
        _: &Invocation,
    ) -> Result<SettingErrors> {
        if self.has(Defect::MissingSettingAccepted) {
            return Ok(SettingErrors::default());
        }
        if self.has(Defect::SettingsRefused) {
            return Err(ConnectorError::invalid_argument(
                "`instanceUrl` is not reachable",
            ));
        }
        Ok(SettingErrors::check(&[instance_url()], &request))
    }

    async fn validate_credentials(
        &self,
        _: ValidateCredentialsRequest,
        invocation: &Invocation,
    ) -> Result<()> {
        if self.has(Defect::NoAuthentication) {
            return Ok(());
        }
        self.application()?;
        let key = invocation.credentials().api_key().await?.api_key;
        if self.has(Defect::SecretInLog) {
            println!("called with {}", key.expose_secret());
            // More than a host keeps of the log of one call.
            println!("{}", "and so on ".repeat(1_000));
        }
        if key.expose_secret() == "correct-horse-battery" && !self.has(Defect::CredentialsRefused)
            || self.has(Defect::AnyCredentialsAccepted)
        {
            return Ok(());
        }
        let code = if self.has(Defect::WrongCodeForCredentials) {
            ErrorCode::AccessDenied
        } else {
            ErrorCode::InvalidCredentials
        };
        Err(ConnectorError::new(code, "the key is not known"))
    }
}

fn instance_url() -> ConnectorRuntimeSetting {
    ConnectorRuntimeSetting::builder()
        .key("instanceUrl")
        .data_type(ConnectorRuntimeSettingDataType::Url)
        .required(true)
        .label("URL")
        .description("Where the items are")
        .scope(ConnectorRuntimeSettingScope::ConnectorProfile)
        .build()
}

impl MetadataHandler for Memory {
    async fn list_entities(
        &self,
        request: ListEntitiesRequest,
        _: &Invocation,
    ) -> Result<EntityPage> {
        self.application()?;
        if self.has(Defect::ListFails) {
            return Err(ConnectorError::invalid_argument("the request failed"));
        }
        let mut entities = match request.entities_path.as_deref() {
            None => self
                .top()
                .iter()
                .filter(|name| **name != "Item" || !self.has(Defect::TestEntityUnlisted))
                .map(|name| entity(name, *name == "Archive"))
                .collect(),
            Some(path) if self.has(Defect::EndlessFolders) => {
                vec![entity(&format!("{path}.More"), true)]
            }
            Some("Archive") => ARCHIVED.map(|name| entity(name, false)).to_vec(),
            Some(path) => {
                return Err(ConnectorError::invalid_argument(format!(
                    "{path} has no nested entities"
                )));
            }
        };
        if self.has(Defect::DuplicateEntity) && request.entities_path.is_none() {
            entities.push(entity("Item", false));
        }
        if request.next_token.as_deref() == Some("end") {
            return Ok(EntityPage::builder()
                .entities(vec![])
                .next_token("end")
                .build());
        }
        let start: usize = request.next_token.map_or(0, |token| token.parse().unwrap());
        let end = (start + request.max_result as usize).min(entities.len());
        let mut next_token = (end < entities.len()).then(|| end.to_string());
        let mut page = entities[start..end].to_vec();
        if self.has(Defect::ListLosesLastOfPage) && next_token.is_some() {
            page.pop();
        }
        if self.has(Defect::EndlessListToken) && next_token.is_none() {
            next_token = Some("end".to_owned());
        }
        Ok(EntityPage::builder()
            .entities(page)
            .maybe_next_token(next_token)
            .build())
    }

    async fn describe_entity(
        &self,
        request: DescribeEntityRequest,
        _: &Invocation,
    ) -> Result<DescribedEntity> {
        self.application()?;
        let seconds = if self.has(Defect::ShortCache) {
            10
        } else {
            3_600
        };
        Ok(DescribedEntity::builder()
            .definition(self.definition(&request.entity_identifier)?)
            .cache_control(CacheControl::builder().time_to_live(seconds).build())
            .build())
    }
}

impl RecordHandler for Memory {
    async fn query_data(&self, request: QueryDataRequest, _: &Invocation) -> Result<RecordPage> {
        self.application()?;
        if self.has(Defect::LeaksMemory) {
            std::mem::forget(vec![1_u8; 200_000]);
        }
        let definition = match self.definition(&request.entity_identifier) {
            Err(_) if self.has(Defect::UnknownEntityQueried) => return Ok(RecordPage::default()),
            definition => definition?,
        };
        let selected = request.selected_field_names.clone().unwrap_or_default();
        if self.has(Defect::ReadingFails)
            && request.filter_expression.is_none()
            && selected.len() == definition.fields.len()
        {
            return Err(ConnectorError::invalid_argument("the request failed"));
        }
        if self.has(Defect::ConfiguredQueryEmpty)
            && request.filter_expression.as_deref() == Some("active = true")
            && selected == ["id", "name"]
        {
            return Ok(RecordPage::default());
        }
        let query = Query {
            memory: self,
            definition: &definition,
        };
        let found = query.find(request.filter_expression.as_deref())?;
        query.page(&found, &request)
    }

    async fn retrieve_data(
        &self,
        request: RetrieveDataRequest,
        _: &Invocation,
    ) -> Result<Vec<Record>> {
        self.application()?;
        let definition = self.definition(&request.entity_identifier)?;
        let field = request.id_field_name.unwrap_or_else(|| "id".to_owned());
        let ids = request.ids.unwrap_or_default();
        let mut found = Vec::new();
        for id in &ids {
            let items = self.items();
            match items.iter().find(|item| item[&field] == json!(id)) {
                Some(item) => found.push(item.clone()),
                None if self.has(Defect::UnknownIdRefused) => {
                    return Err(ConnectorError::invalid_argument(format!("{id} is unknown")));
                }
                None => {}
            }
        }
        if self.has(Defect::RetrieveDiffers) {
            let ratios = found.iter_mut().filter_map(|item| item.get_mut("ratio"));
            ratios.for_each(|ratio| *ratio = json!(-1.5));
        }
        let selected = request.selected_field_names.unwrap_or_default();
        if self.has(Defect::ConfiguredRetrievalEmpty) && selected == ["id"] {
            return Ok(vec![]);
        }
        let query = Query {
            memory: self,
            definition: &definition,
        };
        Ok(found
            .iter()
            .map(|item| query.record(item, &selected))
            .collect())
    }

    async fn write_data(
        &self,
        request: WriteDataRequest,
        _: &Invocation,
    ) -> Result<Vec<WriteRecordResult>> {
        self.application()?;
        let operation = request.operation.unwrap_or(WriteOperationType::Insert);
        let id_fields = request.id_field_names.unwrap_or_default();
        let write = |record: &Record| match self.write(operation, &id_fields, record) {
            Ok(id) => WriteRecordResult::written(id),
            Err(problem) => WriteRecordResult::failed(problem),
        };
        Ok(request.records.iter().map(write).collect())
    }
}

impl Memory {
    fn write(
        &self,
        operation: WriteOperationType,
        id_fields: &[String],
        record: &Record,
    ) -> std::result::Result<String, String> {
        use WriteOperationType as Operation;

        let mut record: Item = record.parse().map_err(|error| error.to_string())?;
        if self.has(Defect::ConfiguredWriteFails) && record.get("name") == Some(&json!("Rewritten"))
        {
            return Err("`name` cannot be changed".to_owned());
        }
        let mut items = self.items();
        let is_same = |item: &Item| {
            !id_fields.is_empty()
                && id_fields
                    .iter()
                    .all(|field| item.get(field) == record.get(field))
        };
        let found = items.iter().position(is_same);
        match (operation, found) {
            (Operation::Update | Operation::Delete, None) => {
                Err("the item does not exist".to_owned())
            }
            (Operation::Delete, Some(at)) => {
                let id = items[at]["id"].as_str().unwrap().to_owned();
                if !self.has(Defect::DeleteDoesNothing) {
                    items.remove(at);
                }
                Ok(id)
            }
            (Operation::Upsert, Some(at)) if !self.has(Defect::UpsertInserts) => {
                items[at].extend(record);
                Ok(items[at]["id"].as_str().unwrap().to_owned())
            }
            (Operation::Update, Some(at)) => {
                let id = items[at]["id"].clone();
                match self.defect {
                    Some(Defect::UpdateClearsOthers) => items[at].clear(),
                    Some(Defect::UpdateWritesOne) => record.retain(|name, _| name == "name"),
                    Some(Defect::UpdateWritesFirst) => {
                        let written = record.keys().find(|name| *name != "id").cloned();
                        record.retain(|name, _| Some(name) == written.as_ref());
                    }
                    Some(Defect::UpdateChangesAnother) if record.contains_key("note") => {
                        record.insert("code".to_owned(), json!("changed"));
                    }
                    Some(Defect::RankIsFixed) if record.contains_key("rank") => {
                        return Err("`rank` cannot be changed".to_owned());
                    }
                    _ => {}
                }
                items[at].extend(record);
                items[at].insert("id".to_owned(), id.clone());
                Ok(id.as_str().unwrap().to_owned())
            }
            (Operation::Insert | Operation::Upsert, _) => {
                if record.get("name").is_none_or(Value::is_null) {
                    return Err("`name` is missing".to_owned());
                }
                if self.has(Defect::InsertLosesValue) && operation == Operation::Insert {
                    record.remove("count");
                }
                let number = match operation {
                    Operation::Insert if self.has(Defect::InsertRepeatsId) => 1_000,
                    _ => number_of(items.last()) + 1,
                };
                let id = format!("item-{number:04}");
                record.insert("id".to_owned(), json!(id));
                items.push(record);
                Ok(id)
            }
        }
    }
}

/// The number in an item's id, at least 1,000.
fn number_of(item: Option<&Item>) -> usize {
    let id = item.and_then(|item| item["id"].as_str());
    let number: Option<usize> = id.and_then(|id| id.trim_start_matches("item-").parse().ok());
    number.unwrap_or_default().max(1_000)
}

struct Query<'m> {
    memory: &'m Memory,
    definition: &'m EntityDefinition,
}

impl Query<'_> {
    fn find(&self, text: Option<&str>) -> Result<Vec<Item>> {
        let mut items = self.memory.items().clone();
        if self.memory.has(Defect::FirstPageOnly) {
            items.truncate(50);
        }
        let Some(text) = text else {
            if self.memory.has(Defect::UnfilteredLoses) {
                items.truncate(items.len() - 5);
            }
            return Ok(items);
        };
        let mut filter = match parse(text) {
            Ok(filter) => filter,
            Err(_) if self.memory.has(Defect::MalformedFilterAccepted) => return Ok(items),
            Err(error) => return Err(error.into()),
        };
        if let Some(predicate) = &mut filter.predicate {
            self.misread(predicate);
            if let Some(defect) = self.memory.defect {
                pushdown::check(predicate, defect)?;
                pushdown::misread(predicate, defect);
                self.check_ids(predicate)?;
            }
        }
        if self.memory.has(Defect::CodesChecked)
            && let Some(ExprKind::Compare(comparison)) =
                filter.predicate.as_ref().map(|it| &it.kind)
            && comparison.field.name == "code"
            && let Literal::String(code) = &comparison.value.literal
            && !code.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        {
            let problem = format!("`{code}` is not a valid code");
            return Err(ConnectorError::invalid_argument(problem));
        }
        let definition = self.definition_for_filters();
        let bound = match filter.bind(&definition) {
            Ok(bound) => bound,
            Err(_)
                if self.memory.has(Defect::UnknownFieldAccepted)
                    && text.contains("noSuchField") =>
            {
                return Ok(items);
            }
            Err(error) => return Err(error.into()),
        };
        let bound = if self.memory.has(Defect::CaseIgnored) {
            bound.ignoring_case()
        } else {
            bound
        };
        if self.memory.has(Defect::LimitBeforeFilter)
            && let Some(limit) = filter.limit
        {
            items.truncate(usize::try_from(limit).unwrap());
        }
        let mut found: Vec<Item> = items
            .into_iter()
            .filter(|item| self.matches(item, &bound, &filter))
            .collect();
        if let Some(limit) = filter.limit
            && !self.memory.has(Defect::LimitIgnored)
        {
            found.truncate(usize::try_from(limit).unwrap());
        }
        Ok(found)
    }

    /// Refuses ids that the application has not made: a right connector cannot know them.
    fn check_ids(&self, expr: &Expr) -> Result<()> {
        let ids = |name: &str| name == "id" || name == "owner_id";
        let text = expr.to_string();
        if self.memory.has(Defect::IdsChecked)
            && text.contains("999")
            && text
                .split(' ')
                .any(|word| ids(word.trim_start_matches('(')))
        {
            return Err(ConnectorError::invalid_argument(
                "the check digit of an id is wrong",
            ));
        }
        Ok(())
    }

    fn matches(&self, item: &Item, bound: &BoundFilter<'_>, filter: &Filter) -> bool {
        if self.memory.has(Defect::FilterIgnored) && filter.predicate.is_some() {
            return true;
        }
        if let Some(ExprKind::Compare(comparison)) =
            filter.predicate.as_ref().map(|predicate| &predicate.kind)
        {
            let is_null = item.get(&comparison.field.name).is_none_or(Value::is_null);
            let op = comparison.op.as_str();
            if self.memory.has(Defect::NotEqualFindsNull)
                && op == "!="
                && comparison.value.literal != Literal::Null
                && is_null
            {
                return true;
            }
            let is_wildcard = comparison.value.literal == Literal::String("%".to_owned());
            if self.memory.has(Defect::ContainsAsStart)
                && op == "contains"
                && comparison.field.name == "code"
                && let (Some(Value::String(text)), Literal::String(part)) =
                    (item.get(&comparison.field.name), &comparison.value.literal)
            {
                return text.starts_with(part);
            }
            if self.memory.has(Defect::WildcardsLive) && op == "contains" && is_wildcard {
                return !is_null;
            }
        }
        bound.matches(&Record::from_value(item).unwrap()).unwrap()
    }

    /// The definition that filters are bound to.
    fn definition_for_filters(&self) -> EntityDefinition {
        let mut definition = self.definition.clone();
        if self.memory.has(Defect::UndeclaredOperatorAccepted) {
            for field in &mut definition.fields {
                field.filter_operators = ConnectorOperator::ALL.to_vec();
            }
        }
        definition
    }

    /// Changes the tree as the defect does.
    fn misread(&self, expr: &mut Expr) {
        let replacement = match (&mut expr.kind, self.memory.defect) {
            (ExprKind::Or(operands), Some(Defect::FirstOfOrInPerson))
                if self.definition.entity.entity_identifier == "Person" =>
            {
                operands[0].kind.clone()
            }
            (ExprKind::And(operands), Some(Defect::HalfOfAnd)) => operands[0].kind.clone(),
            (ExprKind::And(operands), Some(Defect::ParenthesesDropped)) => {
                let ExprKind::Or(either) = &operands[0].kind else {
                    return;
                };
                let and = ExprKind::And(vec![either[1].clone(), operands[1].clone()]);
                ExprKind::Or(vec![either[0].clone(), and.into()])
            }
            (ExprKind::Not(operand), Some(Defect::NotDropped)) => operand.kind.clone(),
            (ExprKind::Between(between), Some(Defect::ExclusiveBetween)) => {
                let side = |text: &str| parse(text).unwrap().predicate.unwrap();
                let value = |literal: &Literal| match literal {
                    Literal::Date(text) | Literal::DateTime(text) => text.clone(),
                    other => panic!("{other:?}"),
                };
                let name = &between.field.name;
                ExprKind::And(vec![
                    side(&format!("{name} > {}", value(&between.low.literal))),
                    side(&format!("{name} < {}", value(&between.high.literal))),
                ])
            }
            (ExprKind::In(membership), Some(Defect::FirstOfIn)) => {
                membership.values.truncate(1);
                return;
            }
            _ => return,
        };
        expr.kind = replacement;
    }

    fn page(&self, found: &[Item], request: &QueryDataRequest) -> Result<RecordPage> {
        let memory = self.memory;
        let selected = request.selected_field_names.clone().unwrap_or_default();
        if request.next_token.as_deref() == Some("end") {
            return Ok(RecordPage::builder()
                .records(vec![])
                .next_token("end")
                .build());
        }
        let mut start = match &request.next_token {
            None => 0,
            Some(token) => match self.start_after(self.position(token), found) {
                Some(start) => start,
                None if memory.has(Defect::BadTokenAccepted) => 0,
                None => return Err(ConnectorError::invalid_argument("the token is not valid")),
            },
        };
        if let Some(token) = &request.next_token
            && memory.has(Defect::TokenUsedUp)
        {
            let mut uses = memory.token_uses.lock().unwrap();
            let uses = uses
                .entry(format!("{token} {}", request.max_results))
                .or_default();
            start = (start + *uses).min(found.len());
            *uses += 1;
        }
        if memory.has(Defect::RepeatsOne) {
            start = start.saturating_sub(1);
        }
        let size = request.max_results as usize;
        let size = if memory.has(Defect::LargePages) {
            size.max(25)
        } else {
            size
        };
        let end = (start + size).min(found.len());
        let mut records = found[start..end].to_vec();
        let is_last = end == found.len();
        if memory.has(Defect::LosesLastOfPage) && !is_last {
            records.pop();
        }
        let place = match end.checked_sub(1) {
            Some(last) if !memory.has(Defect::PlaceByCount) => {
                found[last]["id"].as_str().unwrap_or_default().to_owned()
            }
            _ => end.to_string(),
        };
        let next_token = match is_last {
            false if memory.has(Defect::TokenWithSpace) => Some(format!("p {place}")),
            false if memory.has(Defect::TokenOfProcess) => {
                Some(format!("p{place}.{}", std::process::id()))
            }
            false => Some(format!("p{place}")),
            true => memory.has(Defect::EndlessToken).then(|| "end".to_owned()),
        };
        Ok(RecordPage::builder()
            .records(
                records
                    .iter()
                    .map(|item| self.record(item, &selected))
                    .collect(),
            )
            .maybe_next_token(next_token)
            .build())
    }

    /// The index of the first item after a place.
    fn start_after(&self, place: &str, found: &[Item]) -> Option<usize> {
        if self.memory.has(Defect::PlaceByCount) {
            return place.parse().ok().filter(|start| *start <= found.len());
        }
        let is_before = |item: &Item| item["id"].as_str().is_some_and(|id| id <= place);
        place
            .starts_with("item-")
            .then(|| found.partition_point(is_before))
    }

    /// The place in a token; another text if the token is not one of this connector.
    fn position<'t>(&self, token: &'t str) -> &'t str {
        let token = token.trim_start_matches(['p', ' ']);
        match token.split_once('.') {
            Some((position, process)) if self.memory.has(Defect::TokenOfProcess) => {
                let is_own = process == std::process::id().to_string();
                if is_own { position } else { "foreign" }
            }
            _ => token,
        }
    }

    fn record(&self, item: &Item, selected: &[String]) -> Record {
        let memory = self.memory;
        let mut item = item.clone();
        if memory.has(Defect::WrongDateFormat)
            && let Some(Value::String(text)) = item.get_mut("changed")
        {
            *text = text.replace('T', " ").replace('Z', "");
        }
        if memory.has(Defect::NumbersAsStrings)
            && let Some(size @ Value::Number(_)) = item.get_mut("size")
        {
            *size = json!(size.to_string());
        }
        if !memory.has(Defect::SelectionIgnored) {
            item.retain(|name, _| selected.contains(name));
        }
        if memory.has(Defect::UndeclaredField) {
            item.insert("internal".to_owned(), json!(1));
        }
        if memory.has(Defect::RecordNotJson) && item["id"] == "item-0007" {
            return Record::from_json_unchecked("{oops".to_owned());
        }
        Record::from_value(&item).unwrap()
    }
}
