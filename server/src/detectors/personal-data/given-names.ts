/**
 * Given names that are common somewhere and seldom anything else, in Latin letters. Names that are also words, months,
 * places or brands (Will, April, Paris, Mercedes) are left out: of two capitalised words they say too little.
 */
export const GIVEN_NAMES: ReadonlySet<string> = new Set(
  `
  Aaron Abbas Abby Abdul Abdullah Abel Abigail Adam Adele Adnan Adrian Adriana Agata Agnes Agnieszka Ahmad Ahmed Aiden
  Aimee Aisha Akash Akira Alan Alana Albert Alberto Alejandra Alejandro Aleksandar Aleksander Aleksandr Aleksandra
  Aleksi Alessandra Alessandro Alessia Alessio Alex Alexander Alexandra Alexandre Alexei Alexey Alexis Alfie Alfonso
  Alfred Alfredo Ali Alice Alicia Alina Alison Allan Allison Altan Alvaro Alyssa Amadou Amalia Amanda Amelia Amina
  Amir Amit Amy Amélie Ana Ananya Anastasia Anaïs Anders Andrea Andreas Andrei Andreia Andrej Andres Andrew Andrey
  Andrzej Andrés Andy Aneta Angela Angelika Angelina Angelo Angie Anil Anita Anja Anjali Anke Ann Anna Annabelle Anne
  Anne-Marie Annette Annie Annika Anthony Antoine Anton Antonella Antonia Antonio Antonín Antti António Anu Anya Arash
  Ariana Arif Arjun Arlene Armando Arnaud Arne Arnold Arthur Artur Arturo Arun Arvid Asha Ashley Ashok Asif Aslı
  Astrid Audrey Augusto Aurélie Axel Aya Ayaan Ayesha Ayşe Babak Balázs Barbara Barnaby Barry Bartholomew Bartosz
  Beata Beate Beatrice Beatriz Becky Ben Benedikt Bengt Benjamin Benny Benoît Berit Bernadette Bernard Bernardo Bernd
  Bernhard Bernice Bertha Bertram Beth Bethany Betty Beverly Bianca Bilal Birgit Bjarne Björn Bogdan Bonnie Boris Brad
  Bradley Brandon Branislav Brenda Brendan Brent Brett Brian Briana Brianna Bridget Brigitte Britney Britta Brittany
  Bruce Bruno Bryan Burak Bárbara Bülent Caitlin Calvin Camila Camilla Camille Candice Carina Carl Carla Carlo Carlos
  Carly Carmela Carmen Carol Carole Carolin Caroline Carolyn Carrie Carsten Caspar Cassandra Cassie Catalina Cate
  Caterina Catherine Cathy Cecilia Cedric Celia Cem Cesar Chandra Chantal Charles Charlie Charlotte Cheryl Chiamaka
  Chiara Chidi Chinedu Chinonso Chloe Chloé Chris Christa Christelle Christer Christiaan Christiane Christina
  Christine Christoph Christophe Christopher Ciara Cindy Clara Clarence Clarissa Claude Claudette Claudia Claudio
  Claus Clement Clifford Clyde Clémence Colin Connie Connor Conrad Corinna Corinne Cornelia Cornelius Courtney Craig
  Cristian Cristiano Cristina Curtis Cynthia Cécile Céline César Dagmar Damian Damien Damir Dan Dana Daniel Daniela
  Daniele Danielle Danilo Danny Daphne Darius Dariusz Darko Darlene Darren Dave David Davide Davor Dawid Deanna Debbie
  Deborah Debra Deepak Deirdre Dejan Delia Delphine Denis Denise Dennis Derek Desmond Detlef Devin Diana Diane Diego
  Dieter Dietmar Dimitri Dirk Dmitri Dmitry Dolores Dominik Dominika Dominique Donald Donna Donovan Dora Doreen Doris
  Dorota Dorothea Dorothy Douglas Dragan Duncan Dusan Dušan Dwayne Dylan Ebba Ebony Eddie Edgar Edith Edna Eduard
  Eduardo Edward Edwin Egil Egon Eileen Eirik Ekaterina Elaine Eleanor Elena Eleni Eleonora Eliana Elias Elif Elinor
  Elisa Elisabet Elisabeth Elise Elizabeth Elke Ella Ellen Elliott Ellis Elmer Elsa Elsie Elvira Emanuel Emeka Emil
  Emilia Emiliano Emilie Emilio Emily Emin Emine Emma Emmanuel Emre Enrico Enrique Eric Erica Erich Erik Erika Erin
  Erkki Ernest Ernst Ervin Eskil Esperanza Esteban Estelle Ester Esther Eszter Ethan Etienne Eugen Eugene Eugenia
  Eunice Eva Evan Eve Evelyn Evgeny Ewa Ewald Fabian Fabien Fabio Fabrice Fabrizio Fadi Faisal Farah Farhan Farid
  Fatih Fatima Fatma Fatou Federica Federico Felicia Felicity Felipe Felix Ferdinand Ferenc Fernanda Fernando Filip
  Filippo Finn Fiona Flavio Florian Floyd Fotini Frances Francesca Francesco Francine Francis Francisca Francisco
  Frank Frankie Franz Franziska François Françoise Fred Freddy Frederic Frederick Frederik Fredrik Frida Friedrich
  Fritz Frédéric Gabriel Gabriela Gabriele Gabriella Gabrielle Gail Galina Gareth Gary Gavin Geert Geoff Geoffrey
  Georg George Georges Gerald Geraldine Gerard Gerd Gerda Gergely Gerhard Gerrit Giacomo Gianluca Gianni Gilbert Gina
  Ginny Giorgio Giorgos Giovanna Giovanni Gisela Giulia Giulio Giuseppe Gladys Glenn Gloria Gonzalo Goran Gordon
  Grażyna Greg Gregor Gregory Greta Grigory Grzegorz Guadalupe Gudrun Guido Guillaume Guillermo Gunnar Gustav Gustavo
  Guðrún György Gábor Gérard Günter Günther Haakon Habib Hailey Hakan Halina Hamid Hamza Hana Hanna Hannah Hanne
  Hannelore Hannes Hans Harald Harold Harriet Harry Haruka Haruto Harvey Hasan Hassan Heather Hector Hedda Hedvig
  Heidi Heike Heiko Heinrich Heinz Helen Helena Helene Helga Helmi Helmut Hendrik Henning Henri Henrik Henrique Henry
  Herbert Herman Hermann Hideo Hilary Hilde Hiroshi Holger Holly Horst Howard Hubert Hugo Hussein Héctor Hélène Iain
  Ian Ibrahim Ida Ignacio Ignatius Igor Ilaria Iliana Ilkka Ilse Ilya Imran Imre Ines Inga Inge Inger Ingo Ingrid Inês
  Ioana Ioannis Irena Irene Irina Irma Irving Isaac Isabel Isabell Isabella Isabelle Ismael Ismail Istvan István Ivan
  Ivana Ivar Ivo Iván Iwona Jaana Jaap Jacek Jack Jackie Jacob Jacqueline Jacques Jaime Jakob Jakub Jamal James Jamie
  Jan Jana Jane Janet Janice Janina Janka Janne Jarmila Jarmo Jaroslav Jasmin Jasmine Jason Javad Javier Jay Jayden
  Jean Jean-Claude Jean-François Jean-Luc Jean-Marie Jean-Paul Jean-Pierre Jeanette Jeanne Jeannine Jeff Jeffrey Jenna
  Jennifer Jenny Jens Jenő Jeremy Jeroen Jerome Jerry Jerzy Jesper Jesse Jessica Jessie Jill Jim Jimmy Jiri Jiří
  Joachim Joakim Joan Joana Joanna Joanne Joaquín Jochen Jodie Joe Joel Joerg Johan Johann Johanna Johannes John
  Johnny Jon Jonas Jonathan Joost Jorge Joris Jorma Jorunn Jose Josef Josefina Joseph Josephine Josh Joshua Josie
  Josip José Jovana Joyce João Joëlle Juan Juana Juanita Judith Judy Juha Jukka Jules Julia Julian Juliana Julianna
  Julianne Julie Julien Juliette Julio Julius Junko Justin Justine Justyna Jérôme Jörg Jürgen Kaarina Kai Kaisa Kalle
  Kamala Kamil Kaori Karel Karen Kari Karin Karina Karl Karl-Heinz Karla Karolina Karsten Kaspar Kasper Katalin
  Katarina Katarzyna Kate Katelyn Katharina Katherine Kathleen Kathrin Kathrine Kathryn Kathy Katia Katie Katja Katrin
  Katrina Katy Kay Kayla Kazimierz Keiko Keith Kelly Ken Kendra Kenji Kenneth Kenny Kerem Kerry Kerstin Kevin Khadija
  Khalid Kim Kimberly Kirill Kirsten Kirstin Kjell Klara Klaus Knut Kofi Konrad Konstantin Kristen Kristian Kristin
  Kristina Kristine Kristjan Kristof Kristoffer Krisztina Krystyna Krzysztof Kumar Kurt Kwame Kyle Kyra Lajos Lakshmi
  Lara Larry Lars Lasse Laszlo Latoya Laura Lauren Laurence Laurent Laurie Lavinia Lea Leah Lech Leena Leif Leila Lena
  Lenka Leo Leon Leonard Leonardo Leonid Leonie Leonor Leopold Leroy Leslie Leszek Leticia Levente Lewis Liam Lidia
  Liisa Liliana Lillian Lina Linda Lindsay Lindsey Linnea Lionel Lisa Liv Livia Ljiljana Lloyd Lola Lorena Lorenz
  Lorenzo Lori Lorna Lorraine Lothar Lotte Lou Louis Louisa Louise Loïc Lubomir Luca Lucas Lucia Luciana Luciano Lucie
  Lucien Lucille Lucy Lucía Ludmila Ludwig Luigi Luis Luisa Luise Luka Lukas Luke Luís Lydia Lynn Lyudmila László Léa
  Maciej Madeleine Magda Magdalena Magnus Mahesh Mahmoud Maike Maite Maja Maksim Malcolm Malik Manfred Manoel Manoj
  Manon Manuel Manuela Marc Marcel Marcela Marcelina Marcella Marcelo Marcia Marcin Marco Marcos Marcus Marek Margaret
  Margarethe Margarita Marge Margit Margot Margrethe Maria Mariam Mariana Marianne Mariano Marie Marie-Claire Mariella
  Marietta Marija Marijke Marilyn Mario Marion Marisa Marius Mariusz Marjatta Marjorie Marko Markus Marlene Marta
  Marten Martha Martijn Martin Martina Martine Martín Marvin Mary Maryam María Massimo Mateo Mateusz Mathias Mathieu
  Mathilde Matilda Mats Matt Matteo Matthew Matthias Matthieu Matthijs Matti Maud Maureen Maurice Mauricio Maurizio
  Mauro Mavis Maxim Maxime Maximilian Maxine Małgorzata Meera Megan Mehdi Mehmet Mei Meike Melanie Melinda Melissa
  Merete Mette Mia Michael Michaela Michal Michał Michel Michele Michelle Michèle Miguel Mihai Mihail Mika Mikael Mike
  Mikhail Mikko Mildred Milena Miles Milica Miloš Mina Minna Miranda Mireille Mirela Miriam Mirjam Mirko Miroslav
  Mitchell Mitsuko Mohamed Mohammad Mohammed Mohan Moira Molly Mona Monica Monika Monique Morgane Moritz Morten
  Muhammad Murat Muriel Mustafa Myriam Myrtle Márton Mélanie Nadezhda Nadia Nadine Nadja Nancy Naomi Narendra Natalia
  Natalie Natalya Natasha Nathalie Nathan Nathaniel Neal Ned Neha Neil Nelly Nermin Nguyet Nicholas Nick Nicklas Nico
  Nicola Nicolas Nicole Nicolás Niels Nigel Nikhil Nikita Niklas Niko Nikola Nikolai Nikolaus Nikos Nils Nina Nisha
  Nnamdi Noah Nobuko Noel Nora Norbert Norma Nour Noémi Noémie Nuno Octavia Odette Olaf Olav Ole Ole-Martin Oleg Olena
  Olga Oliver Olivia Olivier Olof Oluwaseun Omar Ophelia Orlando Orsolya Osama Oscar Oskar Osvaldo Otis Otto Owen
  Oystein Paavo Pablo Paige Pamela Panagiotis Pankaj Paolo Parveen Pascal Pascale Patricia Patricio Patrick Patrizia
  Patryk Patrícia Patsy Paul Paula Paulina Pauline Paulo Pavel Paweł Pedro Peggy Pekka Penelope Penny Petar Peter Petr
  Petra Petri Petter Phil Philip Philipp Philippa Philippe Phillip Phoebe Phyllis Pierre Pierrick Pietro Pilar Piotr
  Polly Pooja Prakash Predrag Priya Priyanka Przemysław Quentin Rachel Radek Radka Rafael Rafał Raffaele Ragnar Rahul
  Raimund Rainer Raj Rajesh Rakesh Ralf Ralph Ramesh Ramona Ramón Rana Randy Ranjit Raquel Rashid Rauf Raul Ravi
  Raymond Raúl Rebecca Reinhard Reinhardt Reinhold Renata Renate Renaud Rene Renee René Reyhan Rhonda Rhys Ricardo
  Riccardo Richard Ricky Riitta Riku Risto Rita Ritva Robert Roberta Roberto Robin Roderick Rodney Rodrigo Roel Roger
  Rohan Rohit Roland Rolf Romain Ronald Ronny Rosa Rosalind Rosemary Ross Rowan Roxana Roxanna Roxanne Roy Ruben Rubén
  Rudolf Rui Runar Rupert Ruslan Russell Ruth Ryan Sabina Sabine Sabrina Sachiko Sadie Sakari Salvatore Sam Samantha
  Sami Samir Samira Samuel Sandeep Sandra Sandrine Sandro Sanjay Sanna Santino Sara Sarah Sascha Satoshi Satu Saul
  Scott Seamus Sean Sebastian Selim Selina Selma Seppo Serena Sergei Sergey Sergio Sergiu Serkan Seyed Shabnam Shane
  Shannon Shari Sharon Shaun Shawn Sheila Shelley Shelly Sheri Shinji Shirley Shreya Sibylle Sidney Siegfried Sigrid
  Sigurd Silke Silvana Silvia Silvio Simon Simona Simone Sina Sindre Sinéad Siobhán Slawomir Slobodan Snežana Sofia
  Sofie Sofía Solveig Sondre Sonia Sonja Sophia Sophie Spencer Stacey Stacy Stan Stanislav Stanislaw Stanisław Stanley
  Stavros Stefan Stefania Stefanie Stefano Steffen Stella Stephan Stephane Stephanie Stephen Steve Steven Stig Stuart
  Stéphane Stéphanie Sudha Sumit Sunil Suresh Susan Susana Susann Susanna Susanne Suzana Suzanne Svein Sven Svend
  Svetlana Swen Sylvain Sylvia Sylvie Sylwia Szabolcs Szymon Sébastien Séverine Søren Sławomir Takashi Takeshi Tamara
  Tamás Tania Tanja Tanya Tara Tariq Tarja Tatiana Tatjana Tatyana Taylor Ted Teodor Terence Teresa Teresia Terje
  Terrence Terri Terry Tess Thea Thelma Theo Theodor Theodore Theresa Therese Theresia Thierry Thijs Thomas Thora
  Thorsten Thérèse Tiago Tibor Tiffany Tiina Tim Timea Timo Timothy Tina Tobias Todd Tom Tomas Tomasz Tomislav Tommaso
  Tommy Tomoko Tomás Tomáš Toni Tony Tonya Torben Tore Torsten Tracy Travis Trevor Tricia Trine Tristan Tuomas Tyler
  Tyrone Udo Ulf Ulla Ulla-Maija Ulrich Ulrika Ulrike Umberto Ursula Urszula Usha Uta Ute Uwe Vaclav Valdemar Valentin
  Valentina Valentín Valeria Valerie Valérie Vanessa Vasil Vasilis Vasily Veli Vera Verena Vernon Veronica Veronika
  Veronique Verónica Vesna Vicente Vicki Vicky Victor Victoriano Vijay Vikram Viktor Viktoria Viktória Vilma Vincent
  Vincenzo Vinod Violeta Virgil Virginie Vito Vivian Viviane Vivien Vlad Vladimir Vojtěch Volker Václav Véronique
  Waldemar Wallace Walter Waltraud Wanda Wanjiru Warren Wayne Wendy Werner Wesley Wiebke Wilfried Wilhelm Willem
  William Willie Wilma Wim Winfried Winston Wisława Witold Wojciech Wolfgang Xavier Xiomara Yannick Yannis Yaroslav
  Yasmin Yasmine Yasuko Yoko Yolanda Yosef Yoshiko Yousef Youssef Yuki Yulia Yun Yuri Yusuf Yves Yvette Yvonne Zachary
  Zahra Zainab Zara Zbigniew Zdeněk Zeynep Zlatan Zoe Zofia Zoltán Zora Zoran Zoé Zsofia Zuzana Zuzanna Ágnes Álvaro
  Åke Åsa Émilie Étienne Özlem Øystein Ümit Łukasz Želimir Željko
  `
    .trim()
    .split(/\s+/),
);
