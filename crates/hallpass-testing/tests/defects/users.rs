use async_trait::async_trait;
use hallpass::model::{Account, Extra, Session, User};
use hallpass::schema::ExtraField;
use hallpass::store::{StoreError, StoreErrorKind, UserChange, UserStore};
use hallpass::types::{Email, UserId};

use crate::defect::Defect::*;
use crate::store::{BrokenStore, Tables, remove};

impl BrokenStore {
    fn is_taken(&self, tables: &Tables, user: &User) -> bool {
        let same_id =
            |there: &User| self.same(there.id.as_str(), user.id.as_str()) && !self.has(UserIdIsNotUnique);
        let same_email = |there: &User| there.email == user.email && !self.has(AddressIsNotUnique);
        tables.users.iter().any(|there| same_id(there) || same_email(there))
            || self.has_taken_field(tables, &user.id, &user.extra)
    }

    fn find_user(&self, is_it: impl Fn(&User) -> bool) -> Option<User> {
        self.tables().users.iter().find(|user| is_it(user)).cloned()
    }

    fn has_address(&self, user: &User, email: &Email) -> bool {
        let stored = user.email.as_str();
        self.same(stored, email.as_str())
            || (self.has(AddressesAreMatchedByLike) && like(stored, email.as_str()))
    }
}

/// SQL's LIKE.
fn like(text: &str, pattern: &str) -> bool {
    match pattern.chars().next() {
        None => text.is_empty(),
        Some('%') => (0..=text.len()).any(|skipped| like(&text[skipped..], &pattern[1..])),
        Some(letter) => {
            text.chars().next().is_some_and(|first| letter == '_' || first == letter)
                && like(&text[1..], &pattern[1..])
        }
    }
}

#[async_trait]
impl UserStore for BrokenStore {
    async fn create_user_with_session(
        &self,
        user: &User,
        account: Option<&Account>,
        _: &Session,
    ) -> Result<Option<bool>, StoreError> {
        if !self.has(CreateForgetsTheSession) {
            return Ok(None);
        }
        self.create_user(user, account).await?;
        Ok(Some(true))
    }

    async fn create_user(&self, user: &User, account: Option<&Account>) -> Result<(), StoreError> {
        let mut user = user.clone();
        user.image = self.text(user.image);
        user.extra = self.kept(self.tables().schema.user_fields(), &Extra::new(), &user.extra)?;
        (user.created_at, user.updated_at) = (self.time(user.created_at), self.time(user.updated_at));
        let account =
            account.filter(|_| !self.has(CreateForgetsTheAccount)).map(|account| self.stored(account));
        let account = account.transpose()?;

        if self.has(CreateChecksThenInserts) {
            if self.is_taken(&self.tables(), &user) {
                return Err(StoreError::conflict());
            }
            self.lull(CreateChecksThenInserts).await;
            let mut tables = self.tables();
            tables.users.push(user);
            tables.accounts.extend(account);
            return Ok(());
        }
        if self.has(CreateIsInTwoSteps) {
            self.tables().users.push(user);
            self.lull(CreateIsInTwoSteps).await;
            self.tables().accounts.extend(account);
            return Ok(());
        }
        let mut tables = self.tables();
        let linked = account.as_ref().is_some_and(|account| self.is_linked(&tables, account));
        if self.is_taken(&tables, &user) {
            tables.accounts.extend(account.filter(|_| !linked && self.has(ConflictLeavesTheAccount)));
            if self.has(ErrorsQuoteTheRecord) {
                let told = format!("Key (email)=({}) already exists", user.email);
                return Err(StoreError::new(StoreErrorKind::Conflict, told));
            }
            return Err(StoreError::conflict());
        }
        if linked {
            tables.users.extend(Some(user).filter(|_| self.has(ConflictLeavesTheUser)));
            return Err(StoreError::conflict());
        }
        tables.users.push(user);
        tables.accounts.extend(account);
        Ok(())
    }

    async fn user(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        self.found(self.find_user(|user| self.same(user.id.as_str(), id.as_str())))
    }

    async fn user_by_email(&self, email: &Email) -> Result<Option<User>, StoreError> {
        self.found(self.find_user(|user| self.has_address(user, email)))
    }

    async fn credential_by_email(
        &self,
        email: &Email,
    ) -> Result<Option<(User, Option<Account>)>, StoreError> {
        let tables = self.tables();
        let Some(user) = tables.users.iter().find(|user| self.has_address(user, email)) else {
            return self.found(None);
        };
        let is_credential = |account: &&Account| {
            let own = account.provider_id == "credential" && account.account_id == user.id.as_str();
            account.user_id == user.id && (own || self.has(CredentialIsAnyAccount))
        };
        Ok(Some((user.clone(), tables.accounts.iter().find(is_credential).cloned())))
    }

    async fn update_user(&self, id: &UserId, change: &UserChange) -> Result<Option<User>, StoreError> {
        if self.has(UpdateInserts) {
            let email = change.email.clone().unwrap_or_else(|| Email::from_stored(String::new()));
            let user = User {
                id: id.clone(),
                name: String::new(),
                email,
                email_verified: false,
                image: None,
                created_at: change.updated_at,
                updated_at: change.updated_at,
                extra: change.extra.clone(),
            };
            let mut tables = self.tables();
            if !tables.users.iter().any(|there| there.id == *id) {
                tables.users.push(user.clone());
                return Ok(Some(user));
            }
        }
        let is_taken = |tables: &Tables| {
            let other = |there: &User| there.id != *id || self.has(UpdateConflictsWithItself);
            let taken = |there: &User| other(there) && Some(&there.email) == change.email.as_ref();
            (tables.users.iter().any(taken) && !self.has(UpdateDoesNotCheckTheAddress))
                || self.has_taken_field(tables, id, &change.extra)
        };
        if self.has(UpdateChecksThenWrites) && is_taken(&self.tables()) {
            return Err(StoreError::conflict());
        }
        self.lull(UpdateChecksThenWrites).await;
        let is_of_another = |user: &User| {
            let address = change.if_email.as_ref().is_some_and(|email| *email != user.email);
            let proof = change.if_email_verified.is_some_and(|proven| proven != user.email_verified);
            (address && !self.has(UpdateIgnoresTheAddressItIsFor))
                || (proof && !self.has(UpdateIgnoresTheProofItIsFor))
        };
        if self.has(UpdateLooksThenWrites) {
            if self.find_user(|user| user.id == *id).is_some_and(|user| is_of_another(&user)) {
                return Ok(None);
            }
            self.lull(UpdateLooksThenWrites).await;
        }
        if self.has(UpdateIsInTwoSteps) {
            let name = change.name.clone();
            for user in self.tables().users.iter_mut().filter(|user| user.id == *id) {
                user.name = name.clone().unwrap_or_else(|| user.name.clone());
            }
            self.lull(UpdateIsInTwoSteps).await;
        }
        let mut tables = self.tables();
        let conflict = !self.has(UpdateChecksThenWrites) && is_taken(&tables);
        let schema = tables.schema.clone();
        if conflict && self.has(ConflictComesBeforeNobody) {
            return Err(StoreError::conflict());
        }
        let Some(user) = tables.users.iter_mut().find(|user| user.id == *id) else { return Ok(None) };
        if is_of_another(user) && !self.has(UpdateLooksThenWrites) {
            return Ok(None);
        }
        let before = user.clone();
        if conflict {
            if self.has(UpdateAppliesHalfBeforeAConflict) {
                user.name = change.name.clone().unwrap_or_default();
            }
            return Err(StoreError::conflict());
        }
        let mut extra = self.kept(schema.user_fields(), &user.extra, &change.extra)?;
        let change = change.clone();
        user.name = change.name.unwrap_or_else(|| user.name.clone());
        user.email = change.email.unwrap_or_else(|| user.email.clone());
        user.email_verified = change.email_verified.unwrap_or(user.email_verified);
        match change.image {
            Some(None) if self.has(UpdateCannotTakeThePictureAway) => {}
            Some(image) => user.image = image,
            None if self.has(UpdateClearsWhatIsNotNamed) => user.image = None,
            None => {}
        }
        if self.has(UpdateReplacesAllAdditionalFields) {
            extra = self.kept(schema.user_fields(), &Extra::new(), &change.extra)?;
        }
        user.extra = extra;
        user.updated_at = change.updated_at;
        Ok(Some(if self.has(UpdateReturnsTheUserBefore) { before } else { user.clone() }))
    }

    async fn user_by_field(&self, field: &str, value: &str) -> Result<Option<User>, StoreError> {
        let is_unique = |declared: &ExtraField| declared.name() == field && declared.column().is_unique();
        if !self.tables().schema.user_fields().iter().any(is_unique) {
            return Err(StoreError::new(StoreErrorKind::Unexpected, "no such index"));
        }
        let held = |user: &User| user.extra.get(field).and_then(|held| held.as_str()).map(str::to_owned);
        self.found(self.find_user(|user| held(user).is_some_and(|held| self.same(&held, value))))
    }

    async fn delete_user(&self, id: &UserId) -> Result<bool, StoreError> {
        if self.has(FindsThenDeletes) {
            let found = self.tables().users.iter().any(|user| user.id == *id);
            self.lull(FindsThenDeletes).await;
            remove(&mut self.tables().users, |user| user.id == *id);
            return Ok(found);
        }
        if self.has(DeletionIsInTwoSteps) {
            let gone = remove(&mut self.tables().users, |user| user.id == *id);
            self.lull(DeletionIsInTwoSteps).await;
            remove(&mut self.tables().accounts, |account| account.user_id == *id);
            remove(&mut self.tables().sessions, |session| session.user_id == *id);
            return Ok(self.deleted(gone.len()));
        }
        let mut tables = self.tables();
        let gone = remove(&mut tables.users, |user| self.same(user.id.as_str(), id.as_str()));
        let others = self.has(DeletingTakesTheOthersAlong);
        if !self.has(AccountsOutliveTheUser) {
            remove(&mut tables.accounts, |account| account.user_id == *id || others);
        }
        if self.has(SessionsOutliveTheUser) {
            // Without foreign keys, a session that is read still needs its user.
            tables.users_then.extend(gone.clone());
        } else {
            let ended = remove(&mut tables.sessions, |session| session.user_id == *id || others);
            tables.deleted.extend(ended);
        }
        Ok(self.deleted(gone.len()))
    }
}
