using System.Reflection;

// One static class with a Run method answers one question: dotnet run -c Release --project tests/SpectralEarth.Benchmarks -- OptimizerStep
var questions = Assembly.GetExecutingAssembly().GetTypes()
    .Select(type => (type.Name, Run: type.GetMethod("Run", BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public, [])))
    .Where(question => question.Run is not null).OrderBy(question => question.Name, StringComparer.Ordinal).ToList();
var asked = questions.Where(question => args.Contains(question.Name, StringComparer.OrdinalIgnoreCase)).ToList();
if (asked.Count == 0 || asked.Count < args.Length)
{
    Console.Error.WriteLine($"Name one or more of: {string.Join(", ", questions.Select(question => question.Name))}");
    return 2;
}

foreach (var (_, run) in asked)
    run!.Invoke(null, null);
return 0;
