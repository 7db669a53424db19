using System.Collections;
using System.Reflection;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace SpectralEarth.Recipes;

/// <summary>Writes records as YAML; lists of single values on one line, everything else as blocks.</summary>
internal sealed partial class RecipeWriter(IEmitter emitter)
{
    /// <summary>Writes a record with all its keys.</summary>
    public void Record(object recipe)
    {
        var keys = RecipeShape.Of(recipe.GetType()).Keys;
        BeginSection(keys.Count);
        foreach (var key in keys)
        {
            Text(key.Name);
            Value(key.Property.GetValue(recipe), key.Type);
        }

        emitter.Emit(new MappingEnd());
    }

    private void Value(object? value, NullabilityInfo type)
    {
        if (value is null)
            Plain("null");
        else if (RecipeTypes.ListItem(type) is { } item)
            List([.. ((IEnumerable)value).Cast<object?>()], item);
        else if (value is string text)
            Text(text);
        else if (RecipeValues.IsScalar(value.GetType()))
            Plain(RecipeValues.Format(value));
        else
            Record(value);
    }

    private void List(List<object?> items, NullabilityInfo item)
    {
        var isFlow = items.Count == 0 || RecipeValues.IsScalar(RecipeTypes.WithoutNull(item.Type));
        emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, isFlow ? SequenceStyle.Flow : SequenceStyle.Block));
        foreach (var value in items)
            Value(value, item);
        emitter.Emit(new SequenceEnd());
    }

    private void BeginSection(int count) => emitter.Emit(new MappingStart(
        AnchorName.Empty, TagName.Empty, isImplicit: true, count == 0 ? MappingStyle.Flow : MappingStyle.Block));

    private void Plain(string text) =>
        emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, text, ScalarStyle.Plain, isPlainImplicit: true, isQuotedImplicit: false));

    private void Text(string text)
    {
        if (PlainText().IsMatch(text) && !OtherTypes().IsMatch(text))
            Plain(text);
        else
            emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, text, ScalarStyle.DoubleQuoted, isPlainImplicit: false, isQuotedImplicit: true));
    }

    [GeneratedRegex(@"^[A-Za-z0-9_./][A-Za-z0-9_./+-]*(?: [A-Za-z0-9_./+-]+)*\z")]
    private static partial Regex PlainText();

    // Text that some YAML reader would take for null, a truth value, a number or a time.
    [GeneratedRegex(@"^(?:null|true|false|yes|no|on|off|y|n|[-+.]?[0-9].*|\.inf|\.nan)\z", RegexOptions.IgnoreCase)]
    private static partial Regex OtherTypes();
}
