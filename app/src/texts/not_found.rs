//! An address that leads nowhere.

texts! {
    title = "No such page", "没有这个页面";
    lead = "This address leads nowhere. The menu leads to every page there is.", "此地址没有对应的页面。所有页面都可从菜单进入。";
    home = "To the home page", "返回首页";
}
