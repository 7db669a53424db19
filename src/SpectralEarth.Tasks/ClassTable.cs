using System.Collections;
using SpectralEarth.Checkpoints;
using SpectralEarth.Spectra;
using SpectralEarth.Tasks.Metrics;

namespace SpectralEarth.Tasks;

/// <summary>
/// The classes of a task. A class has a code (1 to 255, in label rasters and maps; 0 is unlabelled) and an index
/// (0 to L - 1, the channel of the network); this table alone translates between them.
/// </summary>
public sealed class ClassTable : IReadOnlyList<LabelClass>
{
    private readonly LabelClass[] classes;
    private readonly byte[] indexOfCode = new byte[256];

    /// <param name="classes">Classes in the order of the network's channels.</param>
    /// <exception cref="ArgumentException">There are no classes, a code occurs twice or is not 1 to 255.</exception>
    public ClassTable(IEnumerable<LabelClass> classes)
    {
        this.classes = [.. classes];
        if (this.classes.Length == 0)
            throw new ArgumentException("A task needs at least one class.", nameof(classes));
        Array.Fill(indexOfCode, ConfusionMatrix.Ignore);
        for (var index = 0; index < this.classes.Length; index++)
        {
            var code = this.classes[index].Code;
            if (code is < 1 or > 255)
                throw new ArgumentException($"Class '{this.classes[index].Name}' has code {code}; codes are 1 to 255 (0 is unlabelled).", nameof(classes));
            if (indexOfCode[code] != ConfusionMatrix.Ignore)
                throw new ArgumentException($"Code {code} belongs to '{this[indexOfCode[code]].Name}' and to '{this[index].Name}'.", nameof(classes));
            indexOfCode[code] = (byte)index;
        }
    }

    /// <summary>The classes of a network that predicts classes.</summary>
    public static ClassTable Of(ModelDescription description) => new(description.Classes);

    /// <summary>Number of classes L.</summary>
    public int Count => classes.Length;

    /// <summary>The class of a network channel.</summary>
    public LabelClass this[int index] => classes[index];

    /// <summary>Translates label codes to class indices; unlabelled pixels become <see cref="ConfusionMatrix.Ignore"/>.</summary>
    /// <exception cref="LabelException">A code belongs to no class; the message lists all such codes.</exception>
    public void ToIndices(ReadOnlySpan<byte> codes, Span<byte> indices)
    {
        SortedSet<int> unknown = [];
        for (var pixel = 0; pixel < codes.Length; pixel++)
        {
            var code = codes[pixel];
            indices[pixel] = indexOfCode[code];
            if (code != 0 && indexOfCode[code] == ConfusionMatrix.Ignore)
                unknown.Add(code);
        }

        RequireKnown(unknown);
    }

    /// <summary>Refuses codes that belong to no class.</summary>
    /// <param name="unknown">Such codes, ascending; may be empty.</param>
    /// <exception cref="LabelException">There are some; the message lists them.</exception>
    internal void RequireKnown(IReadOnlyCollection<int> unknown)
    {
        if (unknown.Count > 0)
            throw new LabelException($"Label codes {string.Join(", ", unknown)} belong to no class; the classes are {this}. Name them in the class list, or set those pixels to 0.");
    }

    /// <summary>"1 roof, 2 pavement, ...".</summary>
    public override string ToString() => string.Join(", ", classes.Select(item => $"{item.Code} {item.Name}"));

    /// <inheritdoc/>
    public IEnumerator<LabelClass> GetEnumerator() => ((IEnumerable<LabelClass>)classes).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
